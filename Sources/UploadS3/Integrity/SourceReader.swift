import Glibc
import RunOutputs
import UploadExecution
import UploadPlanning

/// An open source file that is read from several places at once, and must stay as it was planned.
final class SourceReader: Sendable {
    /// Reads are of at most this many bytes: with TLS, larger writes pile up in memory, and none is faster.
    static let chunkSize = 64 << 10

    /// The file as it was planned.
    let file: SourceFile
    private let descriptor: CInt

    /// Opens a file.
    ///
    /// - Parameter file: The file as it was planned.
    /// - Throws: ``UploadError`` if it cannot be opened, or is not as it was planned.
    init(_ file: SourceFile) throws(UploadError) {
        self.file = file
        // Non-blocking, so that a pipe in the file's place does not hold up the run.
        descriptor = unsafe open(file.path.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure("cannot be opened", errno) }
        try checkUnchanged()
    }

    deinit { close(descriptor) }

    /// Reads bytes.
    ///
    /// - Parameters:
    ///   - buffer: Filled from its start, completely.
    ///   - offset: Where in the file the bytes stand.
    /// - Throws: ``UploadError`` if the file ends before, or cannot be read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(UploadError) {
        var filled = 0
        while filled < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("cannot be read", errno)
            }
            guard count > 0 else { throw Self.changed("it became shorter") }
            filled += count
        }
    }

    /// Checks that size and modification time are still those of the plan.
    func checkUnchanged() throws(UploadError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure("cannot be looked at", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Self.changed("it is no regular file any more") }
        let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        if Int64(status.st_size) != file.version.size {
            throw Self.changed("\(file.version.size) bytes were planned, it has \(status.st_size)")
        }
        if modified != file.version.modified { throw Self.changed("it was modified since it was planned") }
    }

    /// Makes digests of a part of the file.
    ///
    /// - Parameters:
    ///   - range: The part.
    ///   - selection: The digests that are wanted.
    ///   - whole: Takes in the same bytes, for digests over several parts.
    /// - Returns: The digests.
    /// - Throws: ``UploadError`` if the file cannot be read.
    func digests(
        of range: Range<Int64>, _ selection: ContentDigests.Selection, into whole: inout ContentDigests.Hasher?
    ) throws(UploadError) -> ContentDigests {
        var hasher = ContentDigests.Hasher(selection)
        let size = Int(min(Int64(Self.chunkSize), Int64(range.count)))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 64)
        defer { unsafe buffer.deallocate() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(Int64(size), range.upperBound - offset))
            let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            try unsafe read(into: chunk, at: offset)
            unsafe hasher.update(UnsafeRawBufferPointer(chunk))
            unsafe whole?.update(UnsafeRawBufferPointer(chunk))
            offset += Int64(count)
        }
        return hasher.finalize()
    }

    private static func failure(_ what: String, _ code: CInt) -> UploadError {
        UploadError(.unreadableSource, "the file \(what): \(unsafe String(cString: strerror(code)))")
    }

    private static func changed(_ how: String) -> UploadError {
        UploadError(
            .sourceChanged, "the file changed while it was uploaded: \(how)",
            hint: "let the step that writes it finish first, then run the upload again")
    }
}
