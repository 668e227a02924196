import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("Values of a run")
struct BinderTests {
    private static let plan = """
        parameters:
          artifact_group: {env: ARTIFACT_GROUP, default: from-default}
        uploads:
          logs: {from: build, to: log_dir}
        """

    @Test(
        "--set beats the environment, and that beats the default",
        arguments: [
            (["artifact_group": "set"], ["ARTIFACT_GROUP": "env"], "set"), ([:], ["ARTIFACT_GROUP": "env"], "env"),
            ([:], [:], "from-default"),
        ] as [([String: String], [String: String], String)])
    func precedence(settings: [String: String], environment: [String: String], expected: String) throws {
        let plan = try bound(Self.plan, settings: settings, environment: environment)
        #expect(plan.values["artifact_group"] == expected)
    }

    @Test(
        "Undefined, empty and illegal are three different errors",
        arguments: [
            ("a/b", DiagnosticCode.illegalPathValue), ("..", .illegalPathValue), ("a\\b", .illegalPathValue),
            (" a", .illegalPathValue), ("a\n", .illegalPathValue), ("", .emptyValue),
        ])
    func illegal(value: String, code: DiagnosticCode) throws {
        let error = #expect(throws: PlanRejected.self) { try bound(Self.plan, settings: ["artifact_group": value]) }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.code == code)
        #expect(diagnostic.notes.first?.range.lowerBound.line == 4, "it points at the parameter")
    }

    @Test("A parameter without a value says three ways to give one")
    func undefined() throws {
        let plan = "parameters:\n  artifact_group: {env: G}\nuploads:\n  logs: {from: build, to: log_dir}\n"
        let error = #expect(throws: PlanRejected.self) { try bound(plan) }
        #expect(error?.diagnostics.map(\.code) == [.noValue])
        #expect(error?.diagnostics.first?.help.count == 3)
    }

    @Test("A variable that is set and empty is not the default")
    func emptyVariable() {
        let error = #expect(throws: PlanRejected.self) { try bound(Self.plan, environment: ["ARTIFACT_GROUP": ""]) }
        #expect(error?.diagnostics.map(\.code) == [.emptyValue])
    }

    @Test("Values are normalised: the prefix goes, then texts are replaced in order")
    func normalization() throws {
        let plan = """
            parameters:
              artifact_group: {strip_prefix: refs/heads/, replace: {"/": "-", "--": "_"}}
            uploads:
              logs: {from: build, to: log_dir}
            """
        #expect(
            try bound(plan, settings: ["artifact_group": "refs/heads/a//b/c"]).values["artifact_group"] == "a_b-c")
    }

    @Test("A value that is not one of the legal ones is refused, and no fix replaces the parameter's name")
    func notListed() throws {
        let plan = """
            parameters:
              job_status: {default: success, one_of: [success, failure]}
            uploads:
              logs: {when: {job_status: failure}, from: build, to: root}
            """
        let error = #expect(throws: PlanRejected.self) { try bound(plan, settings: ["job_status": "sucess"]) }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.code == .valueNotListed)
        #expect(diagnostic.help == ["did you mean `success`?"])
        #expect(diagnostic.fixIts == [])
    }

    @Test("A setting that no plan declares is told, with the nearest name")
    func unknownSetting() throws {
        let plan = try bound(Self.plan).plan
        #expect([plan].unknownSettings(["artifact_group": "x"]) == [])
        #expect(
            [plan].unknownSettings(["artifact_grp": "x"]).map(\.help) == [["did you mean `--set artifact_group=…`?"]])
    }

    @Test(
        "Paths lose what changes nothing",
        arguments: [("a//b/./c/", "a/b/c"), ("./", "."), ("/a//b", "/a/b"), (".", ".")])
    func normalizedPath(path: String, expected: String) throws {
        let plan = try bound("uploads:\n  logs: {from: \"\(path)\", to: root}\n")
        #expect(plan.inventoryRequest.directories.map(\.path.text) == [expected])
    }

    @Test(
        "Of a directory that rules only pick from, only what they may take is kept",
        arguments: [
            (
                "{archive: {format: tar.gz, from: build, include: ['**/.n', '*.md']}, to: {log_file: {artifact_group: g, filename: a.tar.gz}}}",
                ["d/.n", "x.md"]
            ),
            (
                "{archive: {format: tar.gz, from: build, include: ['*.md']}, to: {log_file: {artifact_group: g, filename: b.tar.gz}}}",
                ["x.md"]
            ),
            (
                "{archive: {format: tar.gz, from: build, exclude: ['*.md']}, to: {log_file: {artifact_group: g, filename: c.tar.gz}}}",
                nil
            ),
            ("{from: build, include: ['*.md'], to: root}", nil),
        ])
    func picks(rule: String, kept: [String]?) throws {
        let all = ["d/.n", "d/y.md", "x.c", "x.md"]
        let directory = InventoryRequest.Directory(path: "build")
        func pruned(_ rules: [String]) throws -> [String] {
            let plan = "uploads:\n" + rules.enumerated().map { "  r\($0): \($1)\n" }.joined()
            let request = try [bound(plan)].inventoryRequest
            var listings = [
                directory: DirectoryListing.listed(
                    all.map { FileEntry(path: ExactString($0), version: FileVersion(size: 1, modified: 0)) },
                    unreadable: [])
            ]
            request.prune(&listings)
            guard case .listed(let entries, _) = listings[directory] else { return [] }
            return entries.map(\.path.text)
        }
        #expect(try pruned([rule]) == kept ?? all)
        // What several rules want is joined, in whatever order they come.
        let other =
            "{archive: {format: tar.gz, from: build, include: ['x.c']}, to: {log_file: {artifact_group: g, filename: z.tar.gz}}}"
        let joined = kept.map { ($0 + ["x.c"]).sorted() } ?? all
        #expect(try pruned([rule, other]) == joined)
        #expect(try pruned([other, rule]) == joined)
    }
}
