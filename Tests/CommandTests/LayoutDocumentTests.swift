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
        #expect(try Self.section("vocabulary") == VocabularyText.markdown)
    }

    @Test("Every shipped plan is listed with the terms that its rules write to, in their order")
    func consumers() throws {
        let directory = Self.root.appending(path: "manifests")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        let rows = try files.filter { $0.hasSuffix(".yaml") && $0 != "buckets.yaml" }.map { file in
            let bytes = try Array(Data(contentsOf: directory.appending(path: file)))
            let plan = try ValidatedPlan.read(bytes, file: file)
            var terms: [String] = []
            for rule in plan.rules where !terms.contains("`\(rule.destination.term.value.name)`") {
                terms.append("`\(rule.destination.term.value.name)`")
            }
            return "| [`manifests/\(file)`](../manifests/\(file)) | writes | \(terms.joined(separator: ", ")) |"
        }
        #expect(rows.count > 5)
        let table = try Self.section("consumers").split(separator: "\n").dropFirst(2).map(String.init)
        #expect(table == rows)
    }

    private static func section(_ name: String) throws -> String {
        let text = try String(contentsOf: root.appending(path: "docs/run-outputs-layout.md"), encoding: .utf8)
        let start = try #require(text.range(of: "<!-- checked: \(name) -->\n"))
        let end = try #require(text[start.upperBound...].range(of: "<!-- end -->"))
        return String(text[start.upperBound..<end.lowerBound])
    }
}
