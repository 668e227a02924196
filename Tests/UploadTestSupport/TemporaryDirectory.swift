public import Foundation
import Glibc
public import Testing

/// Gives each test a directory of its own, and removes it whatever happens: after the test if it is about no disk, or when
/// all tests are over.
public struct TemporaryDirectory: TestTrait, TestScoping {
    @TaskLocal private static var current: URL?

    fileprivate let isInMemory: Bool

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
        let parent = isInMemory ? memory ?? FileManager.default.temporaryDirectory : disk
        let directory = parent.appending(path: "therock-test-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { if isInMemory { try? FileManager.default.removeItem(at: directory) } }
        try await Self.$current.withValue(directory, operation: body)
    }
}

extension Trait where Self == TemporaryDirectory {
    /// Gives the test a directory of its own: ``TemporaryDirectory/url()``.
    public static var temporaryDirectory: Self { Self(isInMemory: false) }

    /// Gives the test a directory of its own, in memory if there is room.
    ///
    /// For tests of commands and stores, which are not about how a disk keeps files.
    public static var directoryInMemory: Self { Self(isInMemory: true) }
}

/// The parent of all directories of tests about a disk.
///
/// They are removed at the end: where files were removed in the last seconds, ext4 takes long to make others. The path is
/// short, since that of a socket has at most 107 bytes.
private let disk: URL = {
    atexit {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: disk.path)) ?? [] {
            try? FileManager.default.removeItem(at: disk.appending(path: name))
        }
        try? FileManager.default.removeItem(at: disk)
    }
    return FileManager.default.temporaryDirectory.appending(path: "therock-tests-\(UUID().uuidString.prefix(8))")
}()

/// A file system in memory that has room and runs programs; in a container it often has and does neither.
private let memory: URL? = {
    let path = "/dev/shm"
    var status = statvfs()
    // ST_NOEXEC, which Swift does not import.
    guard unsafe statvfs(path, &status) == 0, status.f_flag & 8 == 0 else { return nil }
    guard UInt64(status.f_bavail) * UInt64(status.f_frsize) >= 2 << 30 else { return nil }
    return FileManager.default.isWritableFile(atPath: path) ? URL(filePath: path) : nil
}()
