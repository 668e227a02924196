import Foundation
import MarkedYAML
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("Diagnostics for programs")
struct DiagnosticFormatTests {
    @Test("JSON is one object to a line", arguments: Fixture.all(in: "invalid").prefix(20))
    func json(fixture: Fixture) throws {
        let diagnostics = FileCheck.diagnostics(try fixture.bytes(), file: "plan.yaml")
        for line in DiagnosticJSON.render(diagnostics).split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let members = try #require(object as? [String: Any])
            #expect(members.count == 12)
        }
    }

    @Test("SARIF names rule, region and fix of every problem", arguments: Fixture.all(in: "invalid"))
    func sarif(fixture: Fixture) throws {
        let diagnostics = FileCheck.diagnostics(try fixture.bytes(), file: "a plan.yaml")
        let text = DiagnosticSARIF.render(diagnostics, version: "1.2.3")
        let log = try JSONDecoder().decode(SARIFLog.self, from: Data(text.utf8))
        let run = try #require(log.runs.first)
        #expect(log.version == "2.1.0")
        #expect(run.results.count == diagnostics.count)
        for (result, diagnostic) in zip(run.results, diagnostics) {
            #expect(run.tool.driver.rules[result.ruleIndex].id == result.ruleId)
            #expect(result.level == diagnostic.severity.rawValue)
            let place = try #require(result.locations.first?.physicalLocation)
            #expect(place.artifactLocation.uri == "a%20plan.yaml")
            #expect(place.region.startLine == diagnostic.range?.lowerBound.line)
            #expect(place.region.endColumn == diagnostic.range?.upperBound.column)
            #expect(result.fixes?.count ?? 0 == diagnostic.fixIts.count)
        }
    }
}

/// What SARIF 2.1.0 requires of a log, as far as it is written here.
private struct SARIFLog: Decodable {
    struct Run: Decodable {
        var tool: Tool
        var results: [Result]
    }
    struct Tool: Decodable { var driver: Driver }
    struct Driver: Decodable {
        var name: String
        var rules: [Rule]
    }
    struct Rule: Decodable { var id: String }
    struct Result: Decodable {
        var ruleId: String
        var ruleIndex: Int
        var level: String
        var locations: [Location]
        var fixes: [Fix]?
    }
    struct Location: Decodable { var physicalLocation: Place }
    struct Place: Decodable {
        var artifactLocation: Artifact
        var region: Region
    }
    struct Artifact: Decodable { var uri: String }
    struct Region: Decodable {
        var startLine: Int
        var startColumn: Int
        var endLine: Int
        var endColumn: Int
    }
    struct Fix: Decodable { var artifactChanges: [Change] }
    struct Change: Decodable { var replacements: [Replacement] }
    struct Replacement: Decodable { var deletedRegion: Region }

    var version: String
    var runs: [Run]
}

@Suite("Fixes")
struct FixItTests {
    private func fixed(_ text: String) -> FixedText {
        FileCheck.diagnostics(Array(text.utf8), file: "plan.yaml").applyingCertainFixes(to: text, of: "plan.yaml")
    }

    @Test("Certain suggestions are applied, and the rest of the text stays as it is")
    func applied() {
        let text = "\u{FEFF}version: 1\r\nname: demo  # é\r\nuploads:\r\n  a: {form: \"é\", to: rot, includ: [x]}\r\n"
        let result = fixed(text)
        #expect(
            result.text
                == text.replacing("form", with: "from").replacing("rot", with: "root").replacing(
                    "includ:", with: "include:"))
        #expect(result.changes == 3)
        #expect(FileCheck.diagnostics(Array(result.text.utf8), file: "plan.yaml") == [])
    }

    @Test("Guesses are left to people")
    func guesses() {
        let text =
            "version: 1\nname: demo\nuploads:\n  a:\n    archive: {format: tar.bz2, from: a}\n    to: {artifact: {filename: x.tar.bz2}}\n"
        #expect(fixed(text).text == text)
    }

    @Test("Fixing never makes a file worse", arguments: Fixture.all(in: "invalid"))
    func neverWorse(fixture: Fixture) throws {
        let text = String(decoding: try fixture.bytes(), as: UTF8.self)
        let result = fixed(text)
        let before = FileCheck.diagnostics(Array(text.utf8), file: "plan.yaml")
        let after = FileCheck.diagnostics(Array(result.text.utf8), file: "plan.yaml")
        #expect(
            result.changes == 0
                ? after == before : after.count < before.count || after.allSatisfy { !before.contains($0) })
        if result.changes > 0 { #expect(!after.contains { $0.code == .syntax }) }
    }
}
