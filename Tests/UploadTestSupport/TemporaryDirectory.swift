public import Foundation
import Glibc
public import Testing

/// Gives each test a directory of its own, and removes it whatever happens.
public struct TemporaryDirectory: TestTrait, TestScoping {
    @TaskLocal private static var current: URL?

    fileprivate let parent: URL

    /// The directory of the running test.
    ///
    /// - Throws: If the test has none.
    public static func url() throws -> URL {
        try #require(current, "add .temporaryDirectory to the @Test attribute")
    }

    /// Runs a test with a directory of its own.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let directory = parent.appending(path: "therock-upload-test-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await Self.$current.withValue(directory, operation: body)
    }
}

extension Trait where Self == TemporaryDirectory {
    /// Gives the test a directory of its own: ``TemporaryDirectory/url()``.
    public static var temporaryDirectory: Self { Self(parent: FileManager.default.temporaryDirectory) }

    /// Gives the test a directory of its own, in memory if there is room.
    ///
    /// For tests of commands and stores, which are not about how a disk keeps files: ext4 is slow at making them where
    /// others were removed in the last seconds.
    public static var directoryInMemory: Self { Self(parent: memory ?? FileManager.default.temporaryDirectory) }
}

/// A file system in memory that has room and runs programs; in a container it often has and does neither.
private let memory: URL? = {
    let path = "/dev/shm"
    var status = statvfs()
    // ST_NOEXEC, which Swift does not import.
    guard unsafe statvfs(path, &status) == 0, status.f_flag & 8 == 0 else { return nil }
    guard UInt64(status.f_bavail) * UInt64(status.f_frsize) >= 2 << 30 else { return nil }
    return FileManager.default.isWritableFile(atPath: path) ? URL(filePath: path) : nil
}()
