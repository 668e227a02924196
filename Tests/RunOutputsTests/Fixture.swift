import Foundation

/// Reads a file of this target's Fixtures directory.
func fixture(_ name: String) throws -> Data {
    try Data(contentsOf: testDirectory.appending(path: "Fixtures/\(name)"))
}

/// Reads a file of the repository.
func repositoryFile(_ path: String) throws -> String {
    try String(contentsOf: testDirectory.appending(path: "../../\(path)"), encoding: .utf8)
}

private let testDirectory = URL(filePath: #filePath).deletingLastPathComponent()
