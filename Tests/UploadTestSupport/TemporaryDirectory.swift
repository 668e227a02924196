public import Foundation
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
    /// For a test that makes many files and is not about how a disk keeps them: ext4 is slow at making files where others
    /// were removed in the last seconds.
    public static var directoryInMemory: Self { Self(parent: memory ?? FileManager.default.temporaryDirectory) }
}

/// A file system in memory with a gibibyte left; in a container it often has less.
private let memory: URL? = {
    let path = "/dev/shm"
    let free = try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? NSNumber
    guard let free, free.int64Value >= 1 << 30, FileManager.default.isWritableFile(atPath: path) else { return nil }
    return URL(filePath: path)
}()
