import Crypto
import Foundation
public import RunOutputs
import Synchronization
public import UploadExecution
import UploadPlanning

/// A backend in memory, which can be told to fail.
///
/// It keeps the promises of `UploadBackend` and runs its contract.
public final class MemoryBackend: UploadBackend {
    private let objects = Mutex<[OutputLocation: StoredContent]>([:])
    private let beforeUpload: @Sendable (OutputLocation) async throws -> Void

    /// Makes an empty backend.
    ///
    /// - Parameter beforeUpload: Runs before each upload; what it throws fails the upload.
    public init(beforeUpload: @escaping @Sendable (OutputLocation) async throws -> Void = { _ in }) {
        self.beforeUpload = beforeUpload
    }

    /// A name for reports.
    public var displayName: String { "memory" }

    /// The keys that are stored, sorted.
    public var keys: [String] { objects.withLock { $0.keys.sorted().map(\.key.text) } }

    /// Returns what is stored at a location.
    public subscript(location: OutputLocation) -> StoredContent? { objects.withLock { $0[location] } }

    public func upload(
        _ request: UploadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> UploadReceipt {
        try await beforeUpload(request.destination)
        try Task.checkCancellation()
        let bytes = try Self.read(request.body)
        progress(Int64(bytes.count))
        try Task.checkCancellation()
        let hash = Self.hexadecimal(bytes)
        let new = StoredContent(bytes: bytes, contentType: request.contentType)
        return try objects.withLock { objects in
            if let expected = request.replaceable {
                let old = objects[request.destination].map { Self.hexadecimal($0.bytes) }
                if old == hash { return UploadReceipt(.identical, sha256: hash) }
                guard old == expected.sha256 else { throw StoreError(.conflict, "another object is there") }
            }
            if let old = objects[request.destination] {
                switch request.existing {
                case .replace: break
                case .keep: return UploadReceipt(.kept, sha256: nil)
                case .identical where old.bytes == bytes: return UploadReceipt(.identical, sha256: hash)
                case .identical:
                    throw StoreError(.conflict, "\(Self.hexadecimal(old.bytes)) is there, not \(hash)")
                case .fail: throw StoreError(.conflict, "exists already")
                }
            }
            objects[request.destination] = new
            return UploadReceipt(.uploaded, sha256: hash)
        }
    }

    private static func read(_ body: UploadBody) throws -> [UInt8] {
        switch body {
        case .bytes(let bytes): return bytes
        case .file(let file):
            guard let data = FileManager.default.contents(atPath: file.path.text) else {
                throw StoreError(.unreadableSource, "cannot be read")
            }
            guard try TestFile.version(of: file.path.text) == file.version else {
                throw StoreError(.sourceChanged, "changed since the plan was made")
            }
            return Array(data)
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }
}
