import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@Suite("The original's uploads")
struct RecordedUploadTests {
    @Test("are ours too, apart from deviations", .temporaryDirectory, arguments: try recordings())
    func publishesTheSame(recording: RecordedUpload) async throws {
        let deviations = try Deviation.all(of: recording)
        try await check(recording, deviations)
        // What is refused as a whole says little about the rest: look at it too.
        let left = deviations.flatMap { $0.without ?? [] }
        if !left.isEmpty {
            let directory = try TemporaryDirectory.url().appending(path: "accepted")
            try await checkAccepted(recording, deviations, without: Set(left), in: directory)
        }
    }

    @Test("leave no deviation undocumented, and no documented one unused")
    func deviationsAreDocumented() throws {
        let headings = try repositoryFile("docs/deviations.md").matches(of: #/(?m)^## (\d+)\. /#).compactMap {
            Int($0.1)
        }
        let used = try Set(Deviation.all().map(\.id))
        #expect(headings == Array(1...max(headings.count, 1)), "entries are numbered without gaps")
        #expect(used.isSubset(of: headings), "only in the data: \(used.subtracting(headings))")
        for deviation in try Deviation.all() {
            let names = try Set(RecordedUpload.all(of: deviation.script).map(\.name))
            #expect(names.isSuperset(of: deviation.cases), "no such case: \(Set(deviation.cases).subtracting(names))")
        }
    }

    private func check(_ recording: RecordedUpload, _ deviations: [Deviation]) async throws {
        let directory = try TemporaryDirectory.url().appending(path: "work")
        try recording.makeTree(in: directory)
        let expected = try ExpectedUpload(recording, deviations)
        try await check(recording, expected, in: directory)
    }

    private func checkAccepted(
        _ recording: RecordedUpload, _ deviations: [Deviation], without left: Set<String>, in directory: URL
    ) async throws {
        try recording.makeTree(in: directory, without: left)
        var others = deviations
        for index in others.indices where others[index].without != nil {
            others[index].refused = nil
            others[index].exitCode = nil
            others[index].says = nil
        }
        var expected = try ExpectedUpload(recording, others)
        expected.sources = expected.sources.filter { !left.contains($0.value.text) }
        try await check(recording, expected, in: directory)
    }

    private func check(_ recording: RecordedUpload, _ expected: ExpectedUpload, in directory: URL) async throws {
        let tree = SampleTree(at: directory)
        let before = try await tree.snapshot(without: ["out", "gha"])
        let command = try recording.command(in: directory)
        let environment = recording.environment(in: directory)
        let planned = try await Tool.run(
            ["plan", "--format", "json"] + command.arguments, in: directory, environment: environment)
        let outcome = try await Tool.run(
            [command.verb] + command.arguments, in: directory, environment: environment)

        #expect(outcome.exitCode == expected.exitCode, "\(outcome.errors)\(outcome.output)")
        for text in expected.says { #expect((outcome.errors + outcome.output).contains(text)) }
        try await checkObjects(recording, expected, in: directory.appending(path: "out"))
        if planned.exitCode != 2 { try checkProperties(recording, expected, of: PlanDocument(planned.outputBytes)) }
        let after = try await tree.snapshot(without: ["out", "gha"])
        #expect(before == after, "the tree was touched")
    }

    private func checkObjects(
        _ recording: RecordedUpload, _ expected: ExpectedUpload, in output: URL
    ) async throws {
        let keys = try await Set(SampleTree(at: output).paths().map { ExactString($0) })
        let wanted = Set(expected.sources.keys)
        #expect(keys.subtracting(wanted) == [], "only ours")
        #expect(wanted.subtracting(keys) == [], "only the original's")
        for (key, source) in expected.sources where keys.contains(key) {
            let written = try Data(contentsOf: URL(filePath: output.path + "/" + key.text))
            #expect(try written == recording.content(of: source), "the content of \(key)")
        }
    }

    /// Buckets and content types, which a directory does not keep.
    private func checkProperties(
        _ recording: RecordedUpload, _ expected: ExpectedUpload, of plan: PlanDocument
    ) throws {
        let objects = Dictionary(uniqueKeysWithValues: recording.objects.map { (ExactString($0.key), $0) })
        for operation in plan.operations {
            guard let object = objects[ExactString(operation.key)] else { continue }
            if let type = object.contentType { #expect(operation.contentType == type, "\(operation.key)") }
            if let bucket = expected.bucket ?? object.bucket { #expect(operation.bucket == bucket, "\(operation.key)") }
            #expect(expected.bucket == nil || expected.bucket != object.bucket, "a deviation no longer shows")
        }
    }

    private static func recordings() throws -> [RecordedUpload] {
        try ScriptTranslation.all.keys.sorted().flatMap { try RecordedUpload.all(of: $0) }
            .filter { $0.modes.contains("local") }
    }
}

/// The parts of `plan --format json` that tests look at.
struct PlanDocument: Decodable {
    struct Rule: Decodable { var rule, status: String }

    struct Operation: Decodable {
        var rule, bucket, key, contentType: String
        var line: Int
        var source: String?
        var size: Int64?
    }

    var format: String
    var rules: [Rule]
    var operations: [Operation]

    init(_ json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: json)
    }
}
