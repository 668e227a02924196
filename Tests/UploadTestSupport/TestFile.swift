public import Foundation
import Glibc
import RunOutputs
public import UploadPlanning

/// Files that tests upload.
public enum TestFile {
    /// Writes a file, and makes the directories that it is in.
    ///
    /// - Parameters:
    ///   - text: The contents.
    ///   - path: The path, relative to the directory.
    ///   - directory: The directory.
    /// - Returns: The file as a plan names it.
    /// - Throws: If it cannot be written.
    @discardableResult
    public static func write(_ text: String, to path: String, in directory: URL) throws -> SourceFile {
        try write(Data(text.utf8), to: path, in: directory)
    }

    /// Writes a file, and makes the directories that it is in.
    ///
    /// - Parameters:
    ///   - data: The contents.
    ///   - path: The path, relative to the directory.
    ///   - directory: The directory.
    /// - Returns: The file as a plan names it.
    /// - Throws: If it cannot be written.
    @discardableResult
    public static func write(_ data: Data, to path: String, in directory: URL) throws -> SourceFile {
        try SampleTree(at: directory).make([path: SampleEntry(.file(data))])
        let url = directory.appending(path: path)
        return try SourceFile(path: ExactString(url.path), version: version(of: url.path))
    }

    /// Returns size and times of a file, and which one it is.
    ///
    /// - Parameter path: The path.
    /// - Returns: What a plan notes of it.
    /// - Throws: If there is no such file.
    public static func version(of path: String) throws -> FileVersion {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw CocoaError(.fileNoSuchFile) }
        return FileVersion(
            size: Int64(status.st_size), modified: nanoseconds(status.st_mtim),
            identity: FileVersion.Identity(
                device: UInt64(status.st_dev), inode: UInt64(status.st_ino), changed: nanoseconds(status.st_ctim)))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
