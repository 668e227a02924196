public import Foundation
public import Testing

/// Files of test vectors that others made, which are not part of this repository.
public enum Vectors {
    /// Where they are: `$TEST_VECTORS`, or `../shared/vectors` next to this package.
    public static let directory: URL = {
        if let path = ProcessInfo.processInfo.environment["TEST_VECTORS"], !path.isEmpty {
            return URL(filePath: path, directoryHint: .isDirectory)
        }
        let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()  // Tests/UploadTestSupport/
            .deletingLastPathComponent().deletingLastPathComponent()
        return packageRoot.deletingLastPathComponent().appending(path: "shared/vectors", directoryHint: .isDirectory)
    }()

    /// Returns the place of a file of vectors, which need not exist.
    ///
    /// - Parameter name: The path below ``directory``.
    /// - Returns: The place.
    public static func url(_ name: String) -> URL { directory.appending(path: name) }

    /// Reads a file of vectors.
    ///
    /// - Parameter name: The path below ``directory``.
    /// - Returns: What is in it.
    /// - Throws: Foundation's error if it cannot be read. Give the test `.needsVectors(name)`.
    public static func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

    /// Whether a file of vectors is there.
    ///
    /// - Parameter name: The path below ``directory``.
    /// - Returns: `true` if it exists.
    public static func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, and says why, where a file of vectors is missing.
    ///
    /// - Parameter name: The path below ``Vectors/directory``.
    /// - Returns: A condition for a `@Test` or a `@Suite`.
    public static func needsVectors(_ name: String) -> Self {
        .enabled(if: Vectors.has(name), "needs \(name) in $TEST_VECTORS (default: ../shared/vectors)")
    }
}
