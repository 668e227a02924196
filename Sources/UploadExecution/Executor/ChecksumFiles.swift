import Crypto
import LocalFiles
import RunOutputs
import Synchronization
import SystemPackage
import UploadPlanning

/// Checksum files that are beside sources: each is compared with its file before either of them is sent.
///
/// Whoever fetches an archive compares it with the checksum file beside it, and cannot use either if they differ.
final class ChecksumFiles: Sendable {
    private struct Hashed: Sendable {
        let sha256: String
        let version: FileVersion
    }

    /// What the name of a checksum file has behind the name of its file; `nil` if there are none.
    private let suffix: String?
    private let directories = SourceDirectories()
    /// The files that were hashed, by path: a file and its checksum file both ask.
    private let hashed = Mutex<[ExactString: Task<Hashed?, any Error>]>([:])

    init(suffix: String?) { self.suffix = suffix }

    /// Compares a source with the checksum file beside it, or, if it is a checksum file, with the file it is about.
    ///
    /// - Parameter file: A source that is about to be sent.
    /// - Returns: The SHA-256 of the source in lower-case hexadecimal, if it had to be computed.
    /// - Throws: ``StoreError`` if the two contradict each other; `CancellationError`.
    func check(_ file: SourceFile) async throws -> String? {
        guard let suffix else { return nil }
        if file.path.text.utf8.count > suffix.utf8.count, file.path.text.hasSuffix(suffix) {
            let content = try SourceReader(file, in: directories).descriptor.start(SHA256Sidecar.maximumSize)
            let subject = ExactString(String(file.path.text.dropLast(suffix.count)))
            if let found = try await hash(subject, file.directoryLength) { try compare(content, subject, found.sha256) }
            return nil
        }
        guard let companion = directories.openCompanion(suffix, of: file),
            let content = try? companion.start(SHA256Sidecar.maximumSize),
            let found = try await hash(file.path, file.directoryLength)
        else { return nil }
        try compare(content, file.path, found.sha256)
        return found.version.isUnchanged(since: file.version) ? found.sha256 : nil
    }

    private func compare(_ content: [UInt8], _ subject: ExactString, _ sha256: String) throws(StoreError) {
        let name = subject.text.split(separator: "/").last.map(String.init) ?? ""
        let hint = "make the checksum file again, or the file"
        let digest: String?
        do {
            digest = try SHA256Sidecar.digest(in: content, of: name)
        } catch {
            throw StoreError(
                .sourceChanged, "the checksum file of \(name) holds several different SHA-256 values for it", hint: hint
            )
        }
        guard let announced = digest else {
            throw StoreError(.sourceChanged, "the checksum file of \(name) holds no SHA-256 for it", hint: hint)
        }
        guard announced == sha256 else {
            throw StoreError(
                .sourceChanged,
                "the checksum of \(name) does not match: the file has SHA-256 \(sha256), its checksum file says \(announced)",
                hint: hint)
        }
    }

    /// Hashes a file once, however many ask.
    ///
    /// - Returns: The hash, or `nil` if there is no such file.
    private func hash(_ path: ExactString, _ directoryLength: Int?) async throws -> Hashed? {
        let task = hashed.withLock { hashed in
            let task = hashed[path] ?? Task { try await self.read(path, directoryLength) }
            hashed[path] = task
            return task
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func read(_ path: ExactString, _ directoryLength: Int?) async throws -> Hashed? {
        let file = SourceFile(path: path, version: FileVersion(size: 0, modified: 0), directoryLength: directoryLength)
        guard let descriptor = directories.openCompanion("", of: file), let before = try? descriptor.status(),
            before.kind == .regular
        else { return nil }
        var hash = SHA256()
        try await unsafe descriptor.forEachChunk(describingFailure: { StoreError(unreadableSource: $0) }) { chunk in
            unsafe hash.update(bufferPointer: chunk)
        }
        // What changes meanwhile fails when it is sent.
        return Hashed(sha256: hash.hexadecimal(), version: before.version)
    }
}

extension Descriptor {
    /// Reads the beginning of a file.
    fileprivate func start(_ limit: Int) throws(StoreError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 1)
        defer { unsafe buffer.deallocate() }
        do throws(Errno) {
            let count = try unsafe read(into: buffer, at: 0)
            return unsafe Array(buffer[..<count])
        } catch {
            throw StoreError(unreadableSource: error)
        }
    }
}
