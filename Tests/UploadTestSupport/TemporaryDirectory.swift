public import Foundation
public import Testing

/// Gives each test a directory of its own, and removes it whatever happens.
public struct TemporaryDirectory: TestTrait, TestScoping {
    @TaskLocal private static var current: URL?

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
        let directory = FileManager.default.temporaryDirectory.appending(path: "therock-upload-test-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await Self.$current.withValue(directory, operation: body)
    }
}

extension Trait where Self == TemporaryDirectory {
    /// Gives the test a directory of its own: ``TemporaryDirectory/url()``.
    public static var temporaryDirectory: Self { Self() }
}
