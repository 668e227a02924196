import Foundation
import Testing

@Suite("docs/architecture.md")
struct ArchitectureDocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    private static func text() throws -> String {
        try String(contentsOf: root.appending(path: "docs/architecture.md"), encoding: .utf8)
    }

    private static func isDirectory(_ path: String) -> Bool {
        let values = try? root.appending(path: path).resourceValues(forKeys: [.isDirectoryKey])
        return values?.isDirectory ?? false
    }

    @Test("Every question leads to rooms that exist")
    func questions() throws {
        let rows = try Self.text().split(separator: "\n").filter { $0.contains("? | `Sources/") }
        #expect(rows.count >= 10)
        for row in rows {
            let rooms = row.matches(of: /`(Sources\/[^`]+)`/).map { String($0.1) }
            #expect(!rooms.isEmpty)
            for room in rooms { #expect(Self.isDirectory(room), "\(room) is not a directory") }
        }
    }

    @Test("Every target is listed, with every folder it has")
    func rooms() throws {
        let text = try Self.text()
        let sources = Self.root.appending(path: "Sources")
        for target in try FileManager.default.contentsOfDirectory(atPath: sources.path)
        where target.prefixMatch(of: /C[A-Z]/) == nil {
            let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(target)` |") }, "\(target)")
            for folder in try FileManager.default.contentsOfDirectory(atPath: sources.appending(path: target).path)
            where Self.isDirectory("Sources/\(target)/\(folder)") && folder != "Resources" {
                #expect(row.contains("`\(folder)`"), "\(target)/\(folder) is missing")
            }
        }
    }

    @Test("Every decision is listed")
    func decisions() throws {
        let directory = Self.root.appending(path: "docs/decisions")
        let index = try String(contentsOf: directory.appending(path: "README.md"), encoding: .utf8)
        let records = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0 != "README.md" }
        #expect(records.count >= 6)
        for record in records { #expect(index.contains("](\(record))"), "\(record) is not listed") }
    }
}
