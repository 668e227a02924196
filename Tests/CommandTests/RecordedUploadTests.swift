import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@Suite("The original's uploads")
struct RecordedUploadTests {
    @Test("are ours too, apart from deviations", .directoryInMemory, arguments: try recordings())
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
        let entries = try Self.entries()
        let headings = entries.keys.sorted()
        let used = try Set(Deviation.all().map(\.id))
        let names = try Dictionary(grouping: Self.recordings(), by: \.script).mapValues { Set($0.map(\.name)) }
        #expect(headings == Array(1...max(headings.count, 1)), "entries are numbered without gaps")
        #expect(used == Set(headings), "only in one of both: \(used.symmetricDifference(headings))")
        for deviation in try Deviation.all() {
            let entry = try #require(entries[deviation.id], "there is no entry \(deviation.id)")
            #expect(entry.contains(deviation.text), "entry \(deviation.id) does not say '\(deviation.text)'")
            if let file = deviation.shownBy {
                let tests = try repositoryFile("Tests/\(file)")
                #expect(
                    tests.contains(try Regex("deviation \(deviation.id)\\b")), "\(file) does not name \(deviation.id)")
                continue
            }
            guard deviation.cases != ["*"] else { continue }
            let unknown = Set(deviation.cases).subtracting(try #require(names[deviation.script]))
            #expect(unknown.isEmpty, "no such case: \(unknown)")
        }
    }

    private func check(_ recording: RecordedUpload, _ deviations: [Deviation]) async throws {
        let directory = try TemporaryDirectory.url().appending(path: "work")
        try recording.makeTree(in: directory)
        let expected = try ExpectedUpload(recording, deviations)
        let toDirectory = deviations.contains { $0.writesToDirectory == true }
        try await check(recording, expected, in: directory, toDirectory: toDirectory)
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
        for (key, content) in expected.objects {
            switch content {
            case .copy(let source) where left.contains(source.text): expected.objects[key] = nil
            // What is left out of the tree is on no page either.
            case .generated: expected.objects[key] = .generated(listing: nil)
            case .copy: break
            }
        }
        try await check(recording, expected, in: directory)
    }

    private func check(
        _ recording: RecordedUpload, _ expected: ExpectedUpload, in directory: URL, toDirectory: Bool = false
    ) async throws {
        let tree = SampleTree(at: directory)
        // One recording appends to a file of its own.
        let written: Set = ["out", "gha", "pre_out.txt"]
        let before = try tree.snapshot(without: written)
        var command = try recording.command(in: directory)
        if toDirectory || command.verb == "plan" { command.arguments += ["--output-dir", "out"] }
        let environment = recording.environment(in: directory)
        let store = ObjectStore()
        let outcome = try await ScriptedServer.with(store.answer) { [command] server in
            try await Tool.run(
                [command.verb] + command.arguments, in: directory,
                environment: environment.merging(toDirectory ? [:] : ObjectStore.environment(server)) { $1 })
        }

        #expect(outcome.exitCode == expected.exitCode, "\(outcome.errors)\(outcome.output)")
        for text in expected.says { #expect((outcome.errors + outcome.output).contains(text)) }
        var output =
            toDirectory
            ? try PublishedObjects(in: directory.appending(path: "out")) : PublishedObjects(in: store)
        if command.verb == "plan" {
            #expect(output.keys.isEmpty)
        } else {
            if expected.listsMembers {
                let plan = ["plan", "--format", "json"] + command.arguments
                let planned = try await Tool.run(plan, in: directory, environment: environment)
                output.plan = try PlanDocument(planned.outputBytes)
            }
            try check(output, expected, recording)
            try checkProperties(output, expected)
        }
        checkStepFiles(expected, in: directory)
        let after = try tree.snapshot(without: written)
        #expect(before == after, "the tree was touched")
    }

    private func check(
        _ output: PublishedObjects, _ expected: ExpectedUpload, _ recording: RecordedUpload
    ) throws {
        let keys = output.keys
        let wanted = Set(expected.objects.keys)
        #expect(keys.subtracting(wanted) == [], "only ours")
        #expect(wanted.subtracting(keys) == [], "only the original's")
        for (key, content) in expected.objects where keys.contains(key) {
            switch content {
            case .copy(let source):
                #expect(try output.content(of: key) == recording.content(of: source), "the content of \(key)")
            case .generated(let listing):
                guard let listing else { continue }
                let listed = try output.listing(of: key)
                #expect(Set(listed) == Set(expected.names(listing, as: listed)), "what \(key) lists")
                #expect(listed.count == listing.count)
            }
        }
    }

    /// Buckets and content types, which a directory does not keep.
    private func checkProperties(_ output: PublishedObjects, _ expected: ExpectedUpload) throws {
        for (key, properties) in output.properties {
            if let type = expected.contentTypes[key] {
                let isText = expected.hasCharset && (type == "text/plain" || type == "text/html")
                let hasCharset = try isText && String(validating: output.content(of: key), as: UTF8.self) != nil
                #expect(properties.type == type + (hasCharset ? "; charset=utf-8" : ""), "\(key)")
            }
            if !expected.buckets.isEmpty { #expect(expected.buckets.contains(properties.bucket), "\(key)") }
        }
    }

    /// Summary and outputs, with links to where the objects are: the test's store stands in for the one of AWS.
    private func checkStepFiles(_ expected: ExpectedUpload, in directory: URL) {
        let output = directory.appending(path: "out").resolvingSymlinksInPath().path
        func written(_ name: String) -> String {
            let text = try? String(contentsOf: directory.appending(path: "gha/\(name)"), encoding: .utf8)
            let ours = (text ?? "").replacing("file://\(output)/", with: "file:///OUT/")
            return ours.replacing(/http:\/\/127\.0\.0\.1:\d+\/([^\/]+)\//) { match in
                "https://\(match.1).s3.amazonaws.com/"
            }.trimmingCharacters(in: .newlines)
        }
        #expect(written("step_summary.md") == expected.summary.trimmingCharacters(in: .newlines))
        #expect(written("output.txt") == expected.output.trimmingCharacters(in: .newlines))
    }

    /// The entries of docs/deviations.md by their numbers, headings included.
    private static func entries() throws -> [Int: String] {
        let parts = try repositoryFile("docs/deviations.md").split(separator: "\n## ").dropFirst().map(String.init)
        return try Dictionary(
            uniqueKeysWithValues: parts.map { part in
                (try #require(Int(part.prefix { $0 != "." }), "no number: \(part.prefix(40))"), part)
            })
    }

    private static func recordings() throws -> [RecordedUpload] {
        try ScriptTranslation.all.keys.sorted().flatMap { try RecordedUpload.all(of: $0) }
    }
}
