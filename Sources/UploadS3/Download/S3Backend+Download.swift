import HTTPConnections
import NIOCore
public import RunOutputs
public import UploadExecution

extension S3Backend {
    /// Writes the content of one object to a file: large ones in parts, several at once.
    ///
    /// - Parameters:
    ///   - request: The object and where it goes.
    ///   - progress: Told how many more bytes have arrived.
    /// - Returns: What arrived.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func download(
        _ request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> DownloadReceipt {
        do {
            return try await ObjectDownload(backend: self, request: request, progress: progress).run()
        } catch let failure as S3Failure {
            throw failure.readError(at: request.location)
        }
    }

    /// Reads the content of one object in order, one part in memory at a time.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - consume: Takes the next bytes.
    /// - Throws: ``StoreError``, `CancellationError`, or what `consume` throws.
    public func read(_ location: OutputLocation, _ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        do {
            guard let head = try await client.head(location) else { throw StoreError(absent: location) }
            var offset: Int64 = 0
            while offset < head.size {
                let range = offset..<min(offset + Self.readSize, head.size)
                let bytes = try await client.get(location, range: range, etag: head.etag).http.body
                guard bytes.count == range.count else {
                    throw StoreError(.unavailable, "\(bytes.count) of \(range.count) bytes arrived")
                }
                try unsafe bytes.withUnsafeBytes(consume)
                offset = range.upperBound
            }
        } catch let failure as S3Failure {
            throw failure.readError(at: location)
        }
    }

    /// Reads a small object in one request.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - limit: The most bytes that it may have.
    /// - Returns: Its content.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func contents(of location: OutputLocation, limit: Int) async throws -> [UInt8] {
        do {
            // One byte more than it may have tells what is too large, without sending all of it.
            let bytes = try await client.start(of: location, byteCount: Int64(limit) + 1)
            guard bytes.count <= limit else { throw StoreError(tooLarge: limit) }
            return bytes
        } catch let failure as S3Failure {
            throw failure.readError(at: location)
        }
    }

    private static let readSize: Int64 = 8 << 20
}
