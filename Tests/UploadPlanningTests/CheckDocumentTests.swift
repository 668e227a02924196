import Foundation
import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

/// The examples of docs/checks.md show what the tool prints.
@Suite("docs/checks.md")
struct CheckDocumentTests {
    private static let document = Fixture.directory(of: #filePath).appending(path: "../../../docs/checks.md")
        .standardizedFileURL

    /// After a change of wording run once with `RECORD_GOLDEN=1`, and read what changed.
    @Test("Each example raises its code, with the message that is printed there")
    func examples() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        var rewritten = ""
        var section = ""
        for part in text.split(separator: "\n## ", omittingEmptySubsequences: false) {
            section = String(part)
            rewritten += rewritten.isEmpty ? section : "\n## " + (try Self.withMessages(section))
        }
        try Fixture.expect(rewritten, inFile: Self.document)
    }

    @Test("Every code has an entry, in the order of the codes, and the binary has them")
    func completeness() throws {
        #expect(CheckDocument.entries.map(\.code) == DiagnosticCode.allCases)
        #expect(
            CheckDocument.entries.allSatisfy {
                !$0.title.isEmpty && $0.text.contains("**Why.**") && $0.text.contains("**Fix.**")
            })
        let onDisk = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(CheckDocument.text == onDisk)
    }

    @Test("A code is found by what people type", arguments: ["TU012", "tu012", "tu12", "12"])
    func lookup(name: String) throws {
        #expect(try CheckDocument.entry(named: name).code == .missingArgument)
    }

    @Test("An unknown code is told", arguments: ["TU999", "", "x", "TU0012"])
    func unknown(name: String) {
        #expect(throws: Diagnostic.self) { try CheckDocument.entry(named: name) }
    }

    /// Puts the messages of the example into an entry; entries with a command are tested where commands are.
    private static func withMessages(_ section: String) throws -> String {
        guard let plan = section.block("yaml"), let old = section.block("text") else { return section }
        let diagnostics = try Example(plan).diagnostics()
        let code = try #require(DiagnosticCode(rawValue: String(section.prefix(5))))
        #expect(Set(diagnostics.map(\.code)) == [code], "\(section.prefix(60))")
        let messages = DiagnosticText(source: Array(plan.utf8)).render(diagnostics)
        return section.replacing("```text\n\(old)```", with: "```text\n\(messages)```")
    }
}

/// A plan with the settings and files that comments behind it give.
private struct Example {
    var text: String
    var settings: [String: String] = [:]
    var files: [String]?

    init(_ text: String) throws {
        self.text = text
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# --set ") {
                let parts = line.dropFirst(8).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                settings[String(parts[0])] = String(parts[1])
            } else if line.hasPrefix("# files: ") {
                let names = line.dropFirst(9).replacing("\\u{E9}", with: "\u{E9}").replacing(
                    "\\u{301}", with: "\u{301}")
                files = names.split(separator: " ").map(String.init)
            }
        }
    }

    /// Validates; then plans, if that is what the example is about.
    func diagnostics() throws -> [Diagnostic] {
        let validation = FileCheck.diagnostics(Array(text.utf8), file: "plan.yaml")
        guard validation.isEmpty else { return validation }
        do {
            let plan = try ValidatedPlan.read(Array(text.utf8), file: "plan.yaml")
            let unknown = [plan].unknownSettings(settings)
            guard unknown.isEmpty else { return unknown }
            let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
            let bound = try plan.bound(to: root, inputs: ParameterInputs(settings: settings))
            let listing = TreeListing(paths: files ?? [])
            return try [bound].planned(with: listing.inventory(answering: bound.inventoryRequest)).warnings
        } catch let error as PlanRejected {
            return error.diagnostics
        }
    }
}

extension String {
    /// The content of the first fenced block of a language.
    fileprivate func block(_ language: String) -> String? {
        guard let start = firstRange(of: "```\(language)\n")?.upperBound else { return nil }
        guard let end = self[start...].firstRange(of: "```")?.lowerBound else { return nil }
        return String(self[start..<end])
    }
}
