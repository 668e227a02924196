import Foundation
import MarkedYAML
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("What a plan's author reads")
struct DiagnosticTests {
    /// To add a case, add `Fixtures/invalid/NAME.yaml` and run once with `RECORD_GOLDEN=1`.
    @Test("Invalid files", arguments: Fixture.all(in: "invalid"))
    func invalidFile(fixture: Fixture) throws {
        let bytes = try fixture.bytes()
        let diagnostics = FileCheck.diagnostics(bytes, file: "plan.yaml")
        #expect(!diagnostics.isEmpty)
        try fixture.expect(DiagnosticText(source: bytes).render(diagnostics), in: "txt")
        try fixture.expect(DiagnosticJSON.render(diagnostics), in: "json")
        try diagnostics.expectPlacesInside(bytes)
    }

    /// To add a case, add `Fixtures/valid/NAME.yaml`.
    @Test("Valid files raise nothing", arguments: Fixture.all(in: "valid"))
    func validFile(fixture: Fixture) throws {
        #expect(FileCheck.diagnostics(try fixture.bytes(), file: "plan.yaml") == [])
    }

    @Test("Shipped manifests raise nothing", arguments: Fixture.all(in: "../../../manifests"))
    func manifest(fixture: Fixture) throws {
        #expect(FileCheck.diagnostics(try fixture.bytes(), file: fixture.testDescription) == [])
    }

    @Test("Diagnostics are ordered by file, place, code and message, whatever the order they were found in")
    func order() {
        let diagnostics = (1...3).flatMap { line in
            [DiagnosticCode.cycle, .syntax].map { code in
                Diagnostic(
                    severity: .error, code: code, message: "m", file: "f",
                    range: SourcePosition(line: line, column: 1)..<SourcePosition(line: line, column: 2))
            }
        }
        let sorted = diagnostics.shuffled().sorted(by: Diagnostic.inOrder)
        #expect(sorted.map(\.range?.lowerBound.line) == [1, 1, 2, 2, 3, 3])
        #expect(sorted.map(\.code) == [.syntax, .cycle, .syntax, .cycle, .syntax, .cycle])
    }
}

extension DiagnosticText {
    /// A renderer for one file named `plan.yaml`.
    init(source: [UInt8]) {
        self.init(sources: ["plan.yaml": SourceText(String(decoding: source, as: UTF8.self))])
    }
}

extension [Diagnostic] {
    /// Expects that all places lie in the file, and do not end before they start.
    func expectPlacesInside(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let lines = SourceText(String(decoding: bytes, as: UTF8.self)).lines
        let ranges = compactMap(\.range) + flatMap(\.notes).map(\.range) + flatMap(\.fixIts).map(\.range)
        for position in ranges.flatMap({ [$0.lowerBound, $0.upperBound] }) {
            let line = try #require(
                lines.indices.contains(position.line - 1) ? lines[position.line - 1] : nil,
                sourceLocation: sourceLocation)
            #expect((1...(line.unicodeScalars.count + 1)).contains(position.column), sourceLocation: sourceLocation)
        }
    }
}
