import Foundation
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("JSON Schema")
struct JSONSchemaTests {
    private static let directory = Fixture.directory(of: #filePath).appending(path: "../../../schemas")
        .standardizedFileURL

    /// After a change of a shape run once with `RECORD_GOLDEN=1`.
    @Test(
        "The committed schemas are what the tool writes",
        arguments: [
            (JSONSchema.plan, "upload-plan.schema.json"), (.buckets, "buckets.schema.json"),
            (.requirements, "requirements.schema.json"),
            (.layout, "layout.schema.json"),
        ])
    func committed(schema: JSONSchema, name: String) throws {
        try Fixture.expect(schema.text, inFile: Self.directory.appending(path: name))
    }

    @Test("Every property has a description", arguments: JSONSchema.allCases)
    func descriptions(schema: JSONSchema) throws {
        let root = try JSONSerialization.jsonObject(with: Data(schema.text.utf8))
        check(root)
    }

    private func check(_ value: Any) {
        if let list = value as? [Any] { list.forEach(check) }
        guard let members = value as? [String: Any] else { return }
        for (name, property) in members["properties"] as? [String: [String: Any]] ?? [:] {
            #expect(property["description"] is String, "\(name)")
        }
        members.values.forEach(check)
    }
}
