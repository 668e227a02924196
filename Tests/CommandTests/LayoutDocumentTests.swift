import Foundation
import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("docs/run-outputs-layout.md")
struct LayoutDocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    @Test("The vocabulary is what the tool prints")
    func vocabulary() throws {
        #expect(try Self.section("vocabulary") == VocabularyText(.builtIn).markdown)
    }

    @Test("Every shipped plan is listed with the terms that its rules write to, and every reading command with its own")
    func consumers() throws {
        let directory = Self.root.appending(path: "manifests")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        let rows = try files.filter { $0.hasSuffix(".yaml") && !["buckets.yaml", "layout.yaml"].contains($0) }.map {
            file in
            let bytes = try Array(Data(contentsOf: directory.appending(path: file)))
            let plan = try ValidatedPlan.read(bytes, file: file)
            var terms: [String] = []
            for rule in plan.rules where !terms.contains("`\(rule.destination.term.value.name)`") {
                terms.append("`\(rule.destination.term.value.name)`")
            }
            return "| [`manifests/\(file)`](../manifests/\(file)) | writes | \(terms.joined(separator: ", ")) |"
        }
        #expect(rows.count > 5)
        let readers = try Self.readers().map { "| \($0.commands) | reads | \(Self.list($0.terms)) |" }
        let table = try Self.section("consumers").split(separator: "\n").dropFirst(2).map(String.init)
        #expect(table == rows + readers)
    }

    /// The commands that read, and the terms whose places they look at.
    private static func readers() throws -> [(commands: String, terms: [OutputTerm])] {
        let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        let arguments = [
            "artifact_group": "g", "filename": "blas_lib_generic.tar.zst", "stage": "s", "amdgpu_family": "f",
            "path": "p", "package_type": "deb",
        ]
        let keys = try root.layout.terms.map { ($0, try root.location(of: $0, arguments).key.text) }
        return root.layout.groups.map { group in
            let places = root.locations(of: group).map(\.key.text)
            guard group == root.layout.artifacts else {
                return (
                    "`list \(group.name)`",
                    keys.filter { key in places.contains { key.1 == $0 || key.1.hasPrefix($0 + "/") } }.map(\.0)
                )
            }
            let archives = places.map { "\($0)/blas_lib_generic.tar.zst" }
            return (
                "`list artifacts`, `find`, `fetch`, `copy`", keys.filter { (places + archives).contains($0.1) }.map(\.0)
            )
        }
    }

    private static func list(_ terms: [OutputTerm]) -> String {
        terms.map { "`\($0.name)`" }.joined(separator: ", ")
    }

    private static func section(_ name: String) throws -> String {
        let text = try String(contentsOf: root.appending(path: "docs/run-outputs-layout.md"), encoding: .utf8)
        let start = try #require(text.range(of: "<!-- checked: \(name) -->\n"))
        let end = try #require(text[start.upperBound...].range(of: "<!-- end -->"))
        return String(text[start.upperBound..<end.lowerBound])
    }
}
