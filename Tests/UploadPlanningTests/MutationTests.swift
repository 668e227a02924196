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
            expectLine(of: mutation, in: diagnostics)
        }
        try fixture.expect(text + accepted, in: "txt")
        try fixture.expect(json, in: "json")
    }

    /// What is gone has no line; and a name that is broken where it is declared is missed where it is used.
    private func expectLine(of mutation: Mutation, in diagnostics: [Diagnostic]) {
        guard !mutation.removesSomething, !mutation.name.contains("release_types") else { return }
        guard !diagnostics.contains(where: { Self.codesOfUses.contains($0.code) }) else { return }
        let named = diagnostics.flatMap { [$0.range].compactMap(\.self) + $0.notes.map(\.range) }
        let lines = named.map { $0.lowerBound.line...$0.upperBound.line }
        #expect(lines.contains { $0.overlaps(mutation.lines) }, "\(mutation.name): \(diagnostics.map(\.message))")
    }

    private static let codesOfUses: [DiagnosticCode] = [
        .unknownParameter, .unknownRule, .missingArgument, .impossibleCondition, .planTest, .missingKey, .shadowedRule,
    ]
}
