import Foundation
import MarkedYAML
import Testing
import UploadPlanning
import UploadTestSupport

/// Mistakes that nobody thought of: every key and every value of working files, broken in each way there is.
@Suite("Mutated files")
struct MutationTests {
    /// The golden files hold every mutation that is found wrong, and the names of those that are not.
    @Test("Diagnostics of all mutations", arguments: Fixture.all(in: "mutated"))
    func diagnostics(fixture: Fixture) throws {
        var text = ""
        var json = ""
        var accepted = ""
        try forEachMutation(of: fixture, every: 1) { mutation, bytes, diagnostics in
            if diagnostics.isEmpty {
                accepted += "accepted: \(mutation.name)\n"
            } else {
                text += "=== \(mutation.name)\n\n\(DiagnosticText(source: bytes).render(diagnostics))\n"
                json += DiagnosticJSON.render(diagnostics)
            }
        }
        try fixture.expect(text + accepted, in: "txt")
        try fixture.expect(json, in: "json")
    }

    /// The golden files hold places, codes and messages, one to a line.
    ///
    /// Every third mutation breaks each key and each value in some of the ways there are, and no two of its neighbours
    /// in the same ones.
    @Test("Diagnostics of all mutations of shipped manifests", arguments: Fixture.all(in: "../../../manifests"))
    func manifests(fixture: Fixture) throws {
        var text = ""
        try forEachMutation(of: fixture, every: 3) { mutation, _, diagnostics in
            text += "\(mutation.name)\n" + diagnostics.map { "  \($0.brief)\n" }.joined()
        }
        let name = fixture.testDescription
        try Fixture.expect(
            text, inFile: Fixture.directory(of: #filePath).appending(path: "mutated/manifests/\(name).txt"))
    }

    private func forEachMutation(
        of fixture: Fixture, every step: Int, _ body: (Mutation, [UInt8], [Diagnostic]) throws -> Void
    ) throws {
        let original = String(decoding: try fixture.bytes(), as: UTF8.self)
        #expect(FileCheck.diagnostics(Array(original.utf8), file: "plan.yaml") == [])
        let mutations = try Mutation.all(of: original)
        for mutation in stride(from: 0, to: mutations.count, by: step).map({ mutations[$0] }) {
            let bytes = Array(mutation.text.utf8)
            let diagnostics = FileCheck.diagnostics(bytes, file: "plan.yaml")
            try diagnostics.expectPlacesInside(bytes)
            if !diagnostics.isEmpty { expectPlace(of: mutation, in: diagnostics) }
            try body(mutation, bytes, diagnostics)
        }
    }

    /// What is gone has no place; and a name that is broken where it is declared is missed where it is used.
    private func expectPlace(of mutation: Mutation, in diagnostics: [Diagnostic]) {
        guard !mutation.removesSomething, !mutation.name.contains("release_types") else { return }
        guard !diagnostics.contains(where: { Self.codesOfUses.contains($0.code) }) else { return }
        let named = diagnostics.flatMap { [$0.range].compactMap(\.self) + $0.notes.map(\.range) }
        #expect(named.contains { mutation.isNear($0) }, "\(mutation.name): \(diagnostics.map(\.brief))")
    }

    private static let codesOfUses: [DiagnosticCode] = [
        .unknownParameter, .unknownRule, .missingArgument, .impossibleCondition, .planTest, .missingKey, .shadowedRule,
        .layoutReference, .placesMeet, .runsMeet, .unusedParameter,
    ]
}

extension Mutation {
    /// Whether a place touches the mistake.
    ///
    /// What a bracket too much does to the syntax shows further on in its line, and
    /// where there is no value the place is behind the colon.
    fileprivate func isNear(_ place: SourceRange) -> Bool {
        guard place.lowerBound.line <= range.upperBound.line, range.lowerBound.line <= place.upperBound.line else {
            return false
        }
        if name.hasSuffix("a closing bracket") { return true }
        let behind = SourcePosition(line: place.upperBound.line, column: place.upperBound.column + 1)
        return place.lowerBound <= range.upperBound && range.lowerBound <= behind
    }
}

extension Diagnostic {
    /// Place, code and message in one line.
    fileprivate var brief: String {
        let place = range.map {
            "\($0.lowerBound.line):\($0.lowerBound.column)-\($0.upperBound.line):\($0.upperBound.column)"
        }
        return "\(place ?? "nowhere") \(severity.rawValue) \(code.rawValue) \(message)"
    }
}
