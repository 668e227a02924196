import CLibArchive
import LocalFiles

/// Compresses and decompresses single files with Zstandard, through libarchive.
@safe enum Zstandard {
    /// `AE_IFREG`, a macro that Swift cannot import.
    private static let regularFile: UInt32 = 0o100_000

    /// Compresses a file: the same bytes give the same bytes.
    ///
    /// - Parameters:
    ///   - source: The file, open for reading at its start.
    ///   - target: An empty file, open for writing.
    /// - Throws: ``StoreError`` if either cannot be used; `CancellationError`.
    static func compress(_ source: Descriptor, to target: Descriptor) async throws {
        guard let archive = unsafe archive_write_new() else { throw StoreError.noArchiveMemory }
        defer { unsafe archive_write_free(archive) }
        guard let entry = unsafe archive_entry_new() else { throw StoreError.noArchiveMemory }
        defer { unsafe archive_entry_free(entry) }
        unsafe archive_entry_set_filetype(entry, regularFile)
        try unsafe check(archive_write_add_filter_zstd(archive), archive)
        try unsafe check(archive_write_set_format_raw(archive), archive)
        try unsafe check(archive_write_set_bytes_per_block(archive, 64 << 10), archive)
        try unsafe check(archive_write_set_bytes_in_last_block(archive, 1), archive)
        let opened = try target.withFileDescriptor { unsafe archive_write_open_fd(archive, $0) }
        try unsafe check(opened, archive)
        try unsafe check(archive_write_header(archive, entry), archive)
        try await unsafe source.forEachChunk(
            describingFailure: { StoreError(.unreadableSource, "a temporary file cannot be read: \($0)") }
        ) { chunk in
            let count = unsafe archive_write_data(archive, chunk.baseAddress, chunk.count)
            if count != chunk.count { throw unsafe failure(archive) }
        }
        try unsafe check(archive_write_close(archive), archive)
    }

    /// Decompresses bytes.
    ///
    /// - Parameters:
    ///   - bytes: What was compressed, whole.
    ///   - limit: The most bytes that may come out.
    /// - Returns: The content.
    /// - Throws: ``StoreError`` with the code ``StoreError/Code/damaged`` if that is not Zstandard, or too much.
    static func decompressed(_ bytes: [UInt8], limit: Int) throws(StoreError) -> [UInt8] {
        guard let archive = unsafe archive_read_new() else { throw .noArchiveMemory }
        defer { unsafe archive_read_free(archive) }
        unsafe archive_read_support_filter_zstd(archive)
        unsafe archive_read_support_format_raw(archive)
        var result: [UInt8] = []
        var problem: StoreError?
        unsafe bytes.withUnsafeBytes { source in
            do throws(StoreError) {
                try unsafe check(archive_read_open_memory(archive, source.baseAddress, source.count), archive)
                var entry: OpaquePointer?
                try unsafe check(archive_read_next_header(archive, &entry), archive)
                result = try unsafe content(of: archive, limit: limit)
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
        return result
    }

    private static func content(of archive: OpaquePointer, limit: Int) throws(StoreError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe archive_read_data(archive, &chunk, chunk.count)
            guard count >= 0 else { throw unsafe failure(archive) }
            if count == 0 { return result }
            guard result.count + count <= limit else {
                throw StoreError(.damaged, "it holds more than \(limit) bytes")
            }
            result += chunk[..<count]
        }
    }

    private static func check(_ result: CInt, _ archive: OpaquePointer) throws(StoreError) {
        if result != ARCHIVE_OK { throw unsafe failure(archive) }
    }

    private static func failure(_ archive: OpaquePointer) -> StoreError {
        let message = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
        return StoreError(.damaged, "Zstandard: \(message ?? "unknown error")")
    }
}
