import Foundation
import MarkedYAML
import Testing
import UploadPlanning
import UploadTestSupport

/// Mistakes that nobody thought of: every key and every value of working files, broken in each way there is.
@Suite("Mutated files")
struct MutationTests {
    /// The golden files hold every mutation that is found wrong, and the number of those that are not.
    @Test("Diagnostics of all mutations", arguments: Fixture.all(in: "mutated"))
    func diagnostics(fixture: Fixture) throws {
        let original = String(decoding: try fixture.bytes(), as: UTF8.self)
        #expect(FileCheck.diagnostics(Array(original.utf8), file: "plan.yaml") == [])
        var text = ""
        var json = ""
        var accepted = ""
        for mutation in try Mutation.all(of: original) {
            let bytes = Array(mutation.text.utf8)
            let diagnostics = FileCheck.diagnostics(bytes, file: "plan.yaml")
            if diagnostics.isEmpty {
                accepted += "accepted: \(mutation.name)\n"
                continue
            }
            text += "=== \(mutation.name)\n\n\(DiagnosticText(source: bytes).render(diagnostics))\n"
            json += DiagnosticJSON.render(diagnostics)
            try diagnostics.expectPlacesInside(bytes)
        }
        try fixture.expect(text + accepted, in: "txt")
        try fixture.expect(json, in: "json")
    }

    @Test("A diagnostic names the line that was broken", arguments: Fixture.all(in: "mutated"))
    func lines(fixture: Fixture) throws {
        for mutation in try Mutation.all(of: String(decoding: try fixture.bytes(), as: UTF8.self)) {
            let diagnostics = FileCheck.diagnostics(Array(mutation.text.utf8), file: "plan.yaml")
            // What is gone has no line; and a name that is broken where it is declared is missed where it is used.
            guard !diagnostics.isEmpty, !mutation.removesSomething else { continue }
            guard !diagnostics.contains(where: { Self.codesOfUses.contains($0.code) }) else { continue }
            let named = diagnostics.flatMap { [$0.range].compactMap(\.self) + $0.notes.map(\.range) }
            #expect(
                named.contains {
                    $0.lowerBound.line <= mutation.lines.upperBound && $0.upperBound.line >= mutation.lines.lowerBound
                },
                "\(mutation.name): \(diagnostics.map(\.message))")
        }
    }

    private static let codesOfUses: [DiagnosticCode] = [
        .unknownParameter, .unknownRule, .missingArgument, .impossibleCondition, .planTest, .missingKey, .shadowedRule,
    ]
}
