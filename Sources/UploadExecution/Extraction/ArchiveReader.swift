import CLibArchive
import LocalFiles
import SystemPackage

/// Reads a tar archive through libarchive, member by member, without compression or with zstd or xz.
///
/// libarchive keeps pointers into what this type owns, so it cannot be copied, and no C type leaves this file.
@safe struct ArchiveReader: ~Copyable {
    /// What a member is.
    enum Kind {
        case file
        case directory
        case symlink(target: [UInt8])
        case hardLink(target: [UInt8])
        /// A device, a pipe or a socket.
        case special
    }

    struct Member {
        let path: [UInt8]
        let kind: Kind
        /// The size of a file in bytes.
        let size: Int64
        /// The permissions: the lower nine bits of the mode.
        let permissions: ModeBits
        /// The modification time in nanoseconds since 1970, if the archive tells it.
        let modified: Int64?
    }

    private let file: Descriptor
    private let archive: OpaquePointer
    private var hasMembers = false

    /// Opens an archive.
    ///
    /// - Parameter file: The file, open for reading.
    /// - Throws: ``ExtractionError`` if it is not such an archive.
    init(_ file: Descriptor) throws(ExtractionError) {
        guard let archive = unsafe archive_read_new() else { throw .noArchiveMemory }
        try unsafe self.init(archive, reading: file)
    }

    private init(_ archive: OpaquePointer, reading file: Descriptor) throws(ExtractionError) {
        unsafe self.archive = unsafe archive
        self.file = file
        unsafe archive_read_support_format_tar(archive)
        unsafe archive_read_support_filter_zstd(archive)
        unsafe archive_read_support_filter_xz(archive)
        // Without it, what follows the end mark is dropped: a second archive, or anything else.
        unsafe archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1")
        var result = ARCHIVE_OK
        do throws(Errno) {
            _ = try file.withFileDescriptor { number -> CInt in
                result = unsafe archive_read_open_fd(archive, number, 256 << 10)
                return 0
            }
        } catch {
            throw ExtractionError("the archive cannot be read: \(error)")
        }
        try check(result)
    }

    deinit { unsafe archive_read_free(archive) }

    /// Goes on to the next member.
    ///
    /// - Returns: The member, or `nil` at the end.
    /// - Throws: ``ExtractionError`` if the archive is broken.
    mutating func next() throws(ExtractionError) -> Member? {
        var entry: OpaquePointer?
        let result = UTF8Locale.whileActive { unsafe archive_read_next_header(archive, &entry) }
        if result == ARCHIVE_EOF { return nil }
        try check(result)
        guard let entry = unsafe entry else { throw failure }
        let member = UTF8Locale.whileActive { unsafe Member(entry) }
        guard let member else { throw ExtractionError("the archive holds a member without a name") }
        hasMembers = true
        return member
    }

    /// Reads the next bytes of the member, where libarchive keeps them.
    ///
    /// - Parameter body: Takes the bytes, valid until it returns, and where in the member they are: between that and
    ///   the end of the bytes before are zeros.
    /// - Returns: What `body` returns, or `nil` at the end of the member.
    /// - Throws: ``ExtractionError`` if the archive is broken, and what `body` throws.
    mutating func nextBlock<Result>(
        _ body: (UnsafeRawBufferPointer, Int64) throws -> Result
    ) throws -> Result? {
        var start: UnsafeRawPointer?
        var (count, offset) = (0, Int64(0))
        let result = unsafe archive_read_data_block(archive, &start, &count, &offset)
        if result == ARCHIVE_EOF { return nil }
        try check(result)
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: count), offset)
    }

    /// A warning is accepted: it is about what this reader does not look at, or about a name that is checked anyway.
    private func check(_ result: CInt) throws(ExtractionError) {
        if result != ARCHIVE_OK, result != ARCHIVE_WARN { throw failure }
    }

    private var failure: ExtractionError {
        let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
        let message = (text ?? "unknown error").lowercased()
        if !hasMembers, let format = FileSignature(of: file)?.format {
            return ExtractionError(
                "the archive is \(format), and not a tar file in Zstandard or XZ as its name says",
                hint: "look at it with --no-extract; whoever published it gave it the wrong name or content")
        }
        // What libzstd and liblzma say when a frame asks for more than they are allowed to take.
        if message.contains("memory") {
            return ExtractionError(
                "the archive needs more memory than extraction may take: its Zstandard window is larger than 128 MiB, "
                    + "or its XZ dictionary than 1 GiB",
                hint: "it was made with zstd --long=28 or more, or the like: fetch it with --no-extract and extract it "
                    + "with 'zstd -d --long=31', or compress it with a smaller window")
        }
        return ExtractionError(
            "the archive is broken: \(message)",
            hint: "it is cut off, damaged, or holds something else behind its end")
    }
}

extension ArchiveReader.Member {
    fileprivate init?(_ entry: OpaquePointer) {
        guard let name = unsafe archive_entry_pathname(entry) else { return nil }
        path = unsafe Self.bytes(name)
        permissions = unsafe ModeBits(archive_entry_perm(entry)) & 0o777
        size = unsafe archive_entry_size(entry)
        let seconds = unsafe Int64(archive_entry_mtime(entry))
        let isPlausible = unsafe archive_entry_mtime_is_set(entry) != 0 && seconds >= 0 && seconds < 1 << 33
        let nanoseconds = unsafe Int64(archive_entry_mtime_nsec(entry))
        modified = isPlausible ? seconds * 1_000_000_000 + nanoseconds : nil
        if let target = unsafe archive_entry_hardlink(entry) {
            kind = unsafe .hardLink(target: Self.bytes(target))
            return
        }
        // The values of AE_IFREG, AE_IFDIR and AE_IFLNK, macros that Swift cannot import.
        switch unsafe archive_entry_filetype(entry) {
        case 0o100_000: kind = .file
        case 0o040_000: kind = .directory
        case 0o120_000: kind = unsafe .symlink(target: archive_entry_symlink(entry).map { unsafe Self.bytes($0) } ?? [])
        default: kind = .special
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        var bytes: [UInt8] = []
        var next = unsafe text
        while unsafe next.pointee != 0 {
            unsafe bytes.append(UInt8(bitPattern: next.pointee))
            unsafe next += 1
        }
        return bytes
    }
}

/// What the first bytes of a file show of its format.
struct FileSignature {
    /// The format in words.
    let format: String

    /// The bytes that files of a format begin with, whatever case letters of text have.
    private static let known: [(start: [UInt8], format: String)] = [
        ([0x1f, 0x8b], "gzip"), (Array("BZh".utf8), "bzip2"), (Array("PK\u{3}\u{4}".utf8), "a zip archive"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7-Zip archive"), ([0x04, 0x22, 0x4d, 0x18], "LZ4"),
        (Array("LZIP".utf8), "lzip"), (Array("version https://git-lfs".utf8), "a Git LFS pointer"),
        (Array("<!doctype html".utf8), "an HTML page"), (Array("<html".utf8), "an HTML page"),
        (Array("<?xml".utf8), "an XML document"),
    ]

    /// Looks at a file; `nil` if the format is unknown, or one of those that archives have.
    ///
    /// - Parameter file: The file, open for reading; its position stays.
    init?(of file: Descriptor) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
        defer { unsafe buffer.deallocate() }
        guard let count = unsafe try? file.read(into: buffer, at: 0) else { return nil }
        guard count > 0 else {
            format = "an empty file"
            return
        }
        let bytes = unsafe Array(buffer[..<count])
        let text = Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
        guard let known = Self.known.first(where: { bytes.starts(with: $0.start) || text.starts(with: $0.start) })
        else { return nil }
        format = known.format
    }
}
