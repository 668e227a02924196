import CLibArchive
import LocalFiles
import SystemPackage
import UploadPlanning

/// Writes one archive through libarchive, member by member.
///
/// Equal members in the same order give equal bytes: what an archive could tell of the machine, the user or the time
/// is left out. libarchive keeps pointers into what this type owns, so it cannot be copied, and no C type leaves this
/// file.
@safe struct ArchiveWriter: ~Copyable {
    /// Where libarchive writes to.
    ///
    /// It sees this object through a pointer, and can only tell that a write failed.
    private final class Output {
        let file: Descriptor
        var failure: Errno?

        init(_ file: Descriptor) { self.file = file }

        /// Writes all bytes, and returns their number, or -1: what a callback of libarchive answers.
        func write(_ bytes: UnsafeRawBufferPointer) -> Int {
            do throws(Errno) {
                try unsafe file.write(bytes)
                return bytes.count
            } catch {
                failure = error
                return -1
            }
        }
    }

    /// `AE_IFREG`, a macro that Swift cannot import.
    private static let regularFile: UInt32 = 0o100_000

    private let output: Output
    private let archive: OpaquePointer
    private let entry: OpaquePointer

    /// Starts an archive.
    ///
    /// - Parameters:
    ///   - format: The format.
    ///   - level: The compression level; one of the format's ``ArchiveFormat/levels``.
    ///   - file: An empty file, open for writing.
    /// - Throws: ``StoreError`` if libarchive cannot do this here.
    init(_ format: ArchiveFormat, level: Int, to file: Descriptor) throws(StoreError) {
        guard let archive = unsafe archive_write_new() else { throw .noArchiveMemory }
        guard let entry = unsafe archive_entry_new() else {
            unsafe archive_write_free(archive)
            throw .noArchiveMemory
        }
        try unsafe self.init(archive, entry, format, level: level, to: file)
    }

    private init(
        _ archive: OpaquePointer, _ entry: OpaquePointer, _ format: ArchiveFormat, level: Int, to file: Descriptor
    ) throws(StoreError) {
        unsafe self.archive = unsafe archive
        unsafe self.entry = unsafe entry
        output = Output(file)
        try unsafe check(archive_write_set_bytes_per_block(archive, 64 << 10))
        try unsafe check(archive_write_set_bytes_in_last_block(archive, 1))
        try choose(format, level: level)
        try unsafe check(
            archive_write_open2(
                archive, Unmanaged.passUnretained(output).toOpaque(), nil,
                { _, output, bytes, count in
                    guard let output = unsafe output else { return -1 }
                    return unsafe Unmanaged<Output>.fromOpaque(output).takeUnretainedValue()
                        .write(UnsafeRawBufferPointer(start: bytes, count: count))
                }, nil, nil))
    }

    deinit {
        // Without this, freeing an unfinished archive would first fill up its last member with zeros.
        unsafe archive_write_fail(archive)
        unsafe archive_write_free(archive)
        unsafe archive_entry_free(entry)
    }

    private func choose(_ format: ArchiveFormat, level: Int) throws(StoreError) {
        // ustar headers, and pax headers only for the names and sizes that ustar cannot express.
        switch format {
        case .zip:
            try unsafe check(archive_write_set_format_zip(archive))
            try unsafe check(archive_write_set_format_option(archive, "zip", "compression-level", "\(level)"))
            return
        case .tarGzip:
            try unsafe check(archive_write_add_filter_gzip(archive))
            try unsafe check(archive_write_set_filter_option(archive, "gzip", "timestamp", nil))
        case .tarZstandard:
            try unsafe check(archive_write_add_filter_zstd(archive))
            // Compresses while the next chunk is read. The bytes are the same for any number of workers but none.
            try unsafe check(archive_write_set_filter_option(archive, "zstd", "threads", "1"))
        case .tarXZ:
            // One thread: with more, the bytes and the memory would depend on their number.
            try unsafe check(archive_write_add_filter_xz(archive))
        }
        try unsafe check(archive_write_set_filter_option(archive, nil, "compression-level", "\(level)"))
        try unsafe check(archive_write_set_format_pax_restricted(archive))
    }

    /// Starts the next member: a regular file of root, as old as the format can say.
    ///
    /// - Parameters:
    ///   - name: Its name in the archive.
    ///   - size: Its size in bytes; as many must be written.
    ///   - isExecutable: Whether its owner may execute it.
    /// - Throws: ``StoreError`` if it cannot be written.
    mutating func startMember(_ name: String, size: Int64, isExecutable: Bool) throws(StoreError) {
        unsafe archive_entry_clear(entry)
        unsafe archive_entry_set_pathname(entry, name)
        unsafe archive_entry_set_filetype(entry, Self.regularFile)
        unsafe archive_entry_set_perm(entry, isExecutable ? 0o755 : 0o644)
        unsafe archive_entry_set_size(entry, size)
        // No time is set: tar writes 0, and zip 1980 without asking for the time zone.
        let result = UTF8Locale.whileActive { unsafe archive_write_header(archive, entry) }
        try check(result)
    }

    /// Writes the next bytes of the member.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        let count = unsafe archive_write_data(archive, bytes.baseAddress, bytes.count)
        if count != bytes.count { throw failure }
    }

    /// Ends the archive.
    mutating func finish() throws(StoreError) {
        try unsafe check(archive_write_close(archive))
    }

    /// Throws for anything but success.
    ///
    /// A warning is not a success either: it says that a header is not what was asked for.
    private func check(_ result: CInt) throws(StoreError) {
        if result != ARCHIVE_OK { throw failure }
    }

    private var failure: StoreError {
        if let failure = output.failure { return StoreError(archiveNotWritten: failure) }
        let message = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
        return StoreError(.other, "libarchive cannot make the archive: \(message ?? "unknown error")")
    }
}

extension StoreError {
    /// Says that libarchive could not even begin.
    static let noArchiveMemory = StoreError(.other, "an archive cannot be read or made: no memory is left")

    fileprivate init(archiveNotWritten error: Errno) {
        let isFull = [Errno.noSpace, .diskQuotaExceeded, .fileTooLarge].contains(error)
        self.init(
            .other, "the archive cannot be written: \(error)",
            hint: isFull ? "set TMPDIR to a directory with room for the archives" : nil)
    }
}
