import Crypto
import LocalFiles
import UploadPlanning

/// Reads the bytes of one object once, and makes sure that a file is the one that was planned.
struct ContentReader {
    private enum Source {
        case file(SourceReader)
        case bytes([UInt8])
    }

    private let source: Source

    /// Opens a body.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - directories: Where a file is opened.
    /// - Throws: ``StoreError`` if it is a file that cannot be read, is no regular file, or has changed.
    init(_ body: UploadBody, in directories: SourceDirectories) throws(StoreError) {
        switch body {
        case .bytes(let bytes): source = .bytes(bytes)
        case .file(let file): source = .file(try SourceReader(file, in: directories))
        }
    }

    /// Whether it is a file that its owner may execute.
    var isExecutable: Bool {
        if case .file(let reader) = source { reader.isExecutable } else { false }
    }

    /// The modification time that a copy should have, in nanoseconds since 1970; `nil` for bytes in memory.
    var modified: Int64? {
        if case .file(let reader) = source { reader.file.version.modified } else { nil }
    }

    /// Reads all bytes and hashes them.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Returns: The SHA-256 of the bytes in lower-case hexadecimal.
    /// - Throws: ``StoreError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func read(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws -> String {
        var hash = SHA256()
        try await unsafe forEachChunk { chunk in
            unsafe hash.update(bufferPointer: chunk)
            try unsafe consume(chunk)
        }
        return hash.hexadecimal()
    }

    /// Reads all bytes.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: ``StoreError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func forEachChunk(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        switch source {
        case .bytes(let bytes):
            try Task.checkCancellation()
            try unsafe bytes.withUnsafeBytes(consume)
        case .file(let reader): try await unsafe reader.forEachChunk(consume)
        }
    }
}
