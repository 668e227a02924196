public import Foundation
public import Testing

/// An input file next to its tests, and the golden files beside it.
///
/// `RECORD_GOLDEN=1` rewrites golden files, and fails every test that did, so that a recording never passes for a
/// check.
public struct Fixture: Sendable, CustomTestStringConvertible {
    public let input: URL

    /// Names a fixture.
    ///
    /// - Parameter input: The input file.
    public init(_ input: URL) { self.input = input }

    /// The name without its ending.
    public var testDescription: String { input.deletingPathExtension().lastPathComponent }

    /// Returns the YAML files in a folder of `Fixtures` next to the test file, in the order of their names.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - testFile: The test file.
    /// - Returns: The fixtures. None at all is a mistake, since a parameterised test without arguments passes.
    public static func all(in folder: String, testFile: String = #filePath) -> [Fixture] {
        let directory = Self.directory(of: testFile).appending(path: folder)
        let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        let fixtures = files.filter { $0.pathExtension == "yaml" }.sorted { $0.path < $1.path }.map(Fixture.init)
        precondition(!fixtures.isEmpty, "no fixtures in \(directory.path)")
        return fixtures
    }

    /// The `Fixtures` folder next to a test file.
    public static func directory(of testFile: String) -> URL {
        URL(filePath: testFile).deletingLastPathComponent().appending(path: "Fixtures")
    }

    /// Reads the input.
    ///
    /// - Returns: Its bytes.
    /// - Throws: If it cannot be read.
    public func bytes() throws -> [UInt8] { try Array(Data(contentsOf: input)) }

    /// Compares a text with the golden file of an ending.
    ///
    /// - Parameters:
    ///   - actual: The text.
    ///   - ending: The ending of the golden file's name: `txt`.
    ///   - sourceLocation: Where the test is.
    /// - Throws: If the golden file cannot be read or written.
    public func expect(
        _ actual: String, in ending: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let golden = input.deletingPathExtension().appendingPathExtension(ending)
        try Self.expect(actual, inFile: golden, sourceLocation: sourceLocation)
    }

    /// Compares a text with a golden file.
    ///
    /// - Parameters:
    ///   - actual: The text.
    ///   - golden: The golden file.
    ///   - sourceLocation: Where the test is.
    /// - Throws: If the golden file cannot be read or written.
    public static func expect(
        _ actual: String, inFile golden: URL, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let isRecording = ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1"
        let expected = try? String(contentsOf: golden, encoding: .utf8)
        if expected.map({ $0.utf8.elementsEqual(actual.utf8) }) == true { return }
        if isRecording {
            try FileManager.default.createDirectory(
                at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(actual.utf8).write(to: golden)
            Issue.record("recorded \(golden.lastPathComponent)", sourceLocation: sourceLocation)
        } else {
            let expected = try #require(
                expected, "no golden file; run once with RECORD_GOLDEN=1", sourceLocation: sourceLocation)
            let lines = zip(
                actual.split(separator: "\n", omittingEmptySubsequences: false),
                expected.split(separator: "\n", omittingEmptySubsequences: false))
            let difference = lines.enumerated().first { $0.element.0 != $0.element.1 }
            let place = difference.map { "line \($0.offset + 1):\n  is     \($0.element.0)\n  was    \($0.element.1)" }
            Issue.record(
                "\(golden.lastPathComponent) differs, \(place ?? "one text is longer")", sourceLocation: sourceLocation)
        }
    }
}
