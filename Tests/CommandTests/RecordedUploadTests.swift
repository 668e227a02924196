import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@Suite("The original's uploads")
struct RecordedUploadTests {
    @Test("are ours too, apart from deviations", .temporaryDirectory, arguments: try recordings())
    func publishesTheSame(recording: RecordedUpload) async throws {
        let deviations = try Deviation.all(of: recording)
        if deviations.contains(where: { $0.notCompared != nil }) { return }
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
        #expect(used == Set(headings), "only in one of both: \(used.symmetricDifference(headings))")
        for deviation in try Deviation.all() {
            if let file = deviation.shownBy {
                let tests = try repositoryFile("Tests/\(file)")
                #expect(
                    tests.contains(try Regex("deviation \(deviation.id)\\b")), "\(file) does not name \(deviation.id)")
                continue
            }
            let names = try Set(RecordedUpload.all(of: deviation.script).map(\.name))
            #expect(
                deviation.cases == ["*"] || names.isSuperset(of: deviation.cases),
                "no such case: \(Set(deviation.cases).subtracting(names))")
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

    private func check(_ recording: RecordedUpload, _ expected: ExpectedUpload, in directory: URL) async throws {
        let tree = SampleTree(at: directory)
        // One recording appends to a file of its own.
        let written: Set = ["out", "gha", "pre_out.txt"]
        let before = try await tree.snapshot(without: written)
        let command = try recording.command(in: directory)
        let environment = recording.environment(in: directory)
        let (outcome, store) = try await run(command, recording, environment, in: directory)

        #expect(outcome.exitCode == expected.exitCode, "\(outcome.errors)\(outcome.output)")
        for text in expected.says { #expect((outcome.errors + outcome.output).contains(text)) }
        if command.verb == "apply" {
            var output = PublishedObjects(in: directory.appending(path: "out"))
            if expected.listsMembers {
                let plan = ["plan", "--format", "json"] + command.arguments
                let planned = try await Tool.run(plan, in: directory, environment: environment)
                output.plan = try PlanDocument(planned.outputBytes)
            }
            try await check(output, expected, recording)
            checkStepFiles(expected, store: store, in: directory)
            if outcome.exitCode < 2 {
                try checkProperties(expected, in: Data(contentsOf: directory.appending(path: "gha/report.json")))
            }
        } else {
            #expect(try await SampleTree(at: directory.appending(path: "out")).paths() == [])
        }
        let after = try await tree.snapshot(without: written)
        #expect(before == after, "the tree was touched")
    }

    private func check(
        _ output: PublishedObjects, _ expected: ExpectedUpload, _ recording: RecordedUpload
    ) async throws {
        let keys = try await output.keys()
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
    private func checkProperties(_ expected: ExpectedUpload, in report: Data) throws {
        struct Report: Decodable {
            struct Operation: Decodable { var bucket, key, contentType: String }

            var operations: [Operation]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for operation in try decoder.decode(Report.self, from: report).operations {
            if let type = expected.contentTypes[ExactString(operation.key)] {
                #expect(operation.contentType == type, "\(operation.key)")
            }
            if !expected.buckets.isEmpty { #expect(expected.buckets.contains(operation.bucket), "\(operation.key)") }
        }
    }

    /// Runs the command: against a store where the script was recorded with one, else against a directory.
    private func run(
        _ command: TranslatedCommand, _ recording: RecordedUpload, _ environment: [String: String], in directory: URL
    ) async throws -> (outcome: ChildProcess.Outcome, store: String?) {
        let options = command.verb == "apply" ? ["--report", "gha/report.json"] : []
        guard command.verb == "apply", recording.modes.contains("s3") else {
            let arguments = [command.verb] + command.arguments + options
            return (try await Tool.run(arguments, in: directory, environment: environment), nil)
        }
        let store = DirectoryStore(in: directory.appending(path: "out"))
        return try await ScriptedServer.with(store.answer) { server in
            var arguments = command.arguments
            if let index = arguments.firstIndex(of: "--output-dir") { arguments.removeSubrange(index...(index + 1)) }
            let endpoint = ["--endpoint-url", server.url, "--addressing", "path"]
            let outcome = try await Tool.run(
                [command.verb] + arguments + endpoint + options, in: directory,
                environment: DirectoryStore.environment.merging(environment) { $1 })
            return (outcome, server.url)
        }
    }

    /// Compares summary and outputs.
    ///
    /// Their links lead to where the objects are: to the store, or into the directory (deviation 7), where there is no
    /// link to what nobody wrote.
    private func checkStepFiles(_ expected: ExpectedUpload, store: String?, in directory: URL) {
        let out = directory.appending(path: "out").resolvingSymlinksInPath().path
        func written(_ name: String) -> String {
            let text = (try? String(contentsOf: directory.appending(path: "gha/\(name)"), encoding: .utf8)) ?? ""
            guard let store else { return text.replacing("file://\(out)/", with: "https://DIRECTORY/") }
            let parts = text.split(separator: "\(store)/", omittingEmptySubsequences: false)
            return parts.dropFirst().reduce(String(parts[0])) { text, part in
                let bucket = part.prefix { $0 != "/" }
                return "\(text)https://\(bucket).s3.amazonaws.com\(part.dropFirst(bucket.count))"
            }
        }
        func recorded(_ text: String) -> String {
            guard store == nil else { return text }
            let moved = text.replacing(/https:\/\/[^\/ ]+\.s3\.amazonaws\.com\//, with: "https://DIRECTORY/")
            return moved.split(separator: "\n\n").filter { paragraph in
                paragraph.matches(of: /\(https:\/\/DIRECTORY\/([^)]*)\)/).allSatisfy {
                    FileManager.default.fileExists(atPath: "\(out)/\($0.output.1)")
                }
            }.joined(separator: "\n\n")
        }
        for (name, text) in [("step_summary.md", expected.summary), ("output.txt", expected.output)] {
            guard let text else { continue }
            let ours = written(name).trimmingCharacters(in: .newlines)
            #expect(ours == recorded(text).trimmingCharacters(in: .newlines), "\(name)")
        }
    }

    private static func recordings() throws -> [RecordedUpload] {
        try ScriptTranslation.all.keys.sorted().flatMap { try RecordedUpload.all(of: $0) }
    }
}
