import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("What plans know of the run, and values that depend on others")
struct RunValueTests {
    @Test(
        "The run's values are replaced in paths, patterns, destinations and properties, and conditions compare them",
        arguments: [
            ("linux", "", ["logs/linux-7-nightly/a-linux.log"]),
            ("windows", "", ["logs/windows-7-nightly/a-windows.log"]),
            ("linux", "when: {run.platform: linux}", ["logs/linux-7-nightly/a-linux.log"]),
            ("windows", "when: {run.platform: linux}", []),
            ("windows", "when: {run.platform: {not: linux}}", ["logs/windows-7-nightly/a-windows.log"]),
            (
                "linux", "when: {run.release_type: [dev, nightly], run.run_id: \"7\"}",
                ["logs/linux-7-nightly/a-linux.log"]
            ),
            ("linux", "when: {run.repository: ROCm/rocm-libraries}", ["logs/linux-7-nightly/a-linux.log"]),
            ("linux", "when: {run.repository: ROCm/TheRock}", []),
        ])
    func values(platform: String, condition: String, keys: [String]) throws {
        let plan = """
            version: 1
            name: x
            uploads:
              logs:
                from: b/${run.repository}
                include: ["*-${run.platform}.log"]
                to: {log_dir: {artifact_group: "${run.platform}-${run.run_id}-${run.release_type}"}}
                missing: skip
                \(condition)
            tests:
              - name: t
                run: {platform: \(platform), run_id: "7", repository: ROCm/rocm-libraries, release_type: nightly}
                given: [b/ROCm/rocm-libraries/a-linux.log, b/ROCm/rocm-libraries/a-windows.log]
                expect: [\(keys.joined(separator: ", "))]

            """
        #expect(try ValidatedPlan.read(Array(plan.utf8), file: "p.yaml").testFailures().map(\.message) == [])
    }

    @Test("Summary and outputs know the run too")
    func summary() throws {
        let summary = try RunSummaryTests.summary(
            "outputs: {run: \"${run.run_id} of ${run.repository} on ${run.platform}, ${run.release_type}\"}",
            stored: [:])
        #expect(summary.outputs.map(\.value) == ["7 of ROCm/TheRock on linux, ci"])
    }

    @Test("A rule may be called `run`: its URL is not mistaken for something of the run")
    func ruleNamedRun() throws {
        let plan = "uploads:\n  run: {from: a, to: root}\noutputs: {url: \"${run.url}\", id: \"${run.run_id}\"}\n"
        _ = try bound(plan)
    }

    @Test(
        "A test whose run cannot be is told, and not run",
        arguments: ["run_id: a/b", "repository: TheRock"])
    func impossibleRun(run: String) throws {
        let plan = """
            version: 1
            name: x
            uploads: {logs: {from: b, to: root}}
            tests: [{name: t, run: {\(run)}, given: [b/a], expect: [a]}]

            """
        #expect(try ValidatedPlan.read(Array(plan.utf8), file: "p.yaml").testFailures().map(\.code) == [.planTest])
    }

    private static let detecting = """
        parameters:
          directory: {default: dist}
          mode: {default: many, one_of: [one, many]}
          group: {env: GROUP, needed_when: {mode: one}}
          split:
            default:
              - {value: single, when: {mode: one}}
              - {value: families, if_found: {in: "${directory}", include: ["*/*.whl"], exclude: ["no/**"]}}
              - {value: flat}
        uploads:
          packages: {from: "${directory}", to: {python_packages: {artifact_group: "${group}${split}"}}}

        """

    @Test(
        "A default may depend on other parameters and on the tree; what is given beats it",
        arguments: [
            ([:], ["dist/x/a.whl"], "families"), ([:], ["dist/a.whl", "dist/no/a.whl"], "flat"), ([:], [], "flat"),
            (["mode": "one", "group": "g"], ["dist/x/a.whl"], "single"), (["split": "own"], ["dist/x/a.whl"], "own"),
            (["directory": "other"], ["dist/x/a.whl"], "flat"), (["directory": "other"], ["other/x/a.whl"], "families"),
        ] as [([String: String], [String], String)])
    func detection(settings: [String: String], files: [String], expected: String) throws {
        let plan = try ValidatedPlan.read(Array("version: 1\nname: x\n\(Self.detecting)".utf8), file: "p.yaml")
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        let inputs = ParameterInputs(settings: settings)
        let request = plan.treeRequest(root: root, inputs: inputs)
        #expect(request.directories.isEmpty == (settings["split"] != nil), "only what is needed is looked at")
        let bound = try plan.bound(
            to: root, inputs: inputs, tree: TreeListing(paths: files).inventory(answering: request))
        #expect(bound.values["split"] == expected)
        #expect(bound.defaultReasons.isEmpty == ["single", "own"].contains(expected))
    }

    @Test("Where a directory cannot be read, a default that depends on it is not guessed")
    func unreadable() throws {
        let plan = try ValidatedPlan.read(Array("version: 1\nname: x\n\(Self.detecting)".utf8), file: "p.yaml")
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        let closed = DirectoryListing.listed(
            [], unreadable: [UnreadablePath(path: "x", reason: "Permission denied")])
        let tree = Inventory(directories: [.init(path: "dist"): closed])
        let error = #expect(throws: PlanRejected.self) {
            try plan.bound(to: root, inputs: ParameterInputs(), tree: tree)
        }
        #expect(error?.diagnostics.map(\.code) == [.missingPath])
    }

    @Test(
        "A value that is needed must be given and not be empty; where it is not needed it is empty",
        arguments: [
            ([:], [:], nil, ""), (["group": "g"], [:], nil, ""), (["mode": "one", "group": "g"], [:], nil, "g"),
            (["mode": "one"], [:], .noValue, nil), (["mode": "one", "group": ""], [:], .emptyValue, nil),
            (["mode": "one"], ["GROUP": ""], .emptyValue, nil), (["mode": "one"], ["GROUP": "h"], nil, "h"),
        ] as [([String: String], [String: String], DiagnosticCode?, String?)])
    func needed(
        settings: [String: String], environment: [String: String], code: DiagnosticCode?, value: String?
    ) throws {
        do {
            let bound = try bound(Self.detecting, settings: settings, environment: environment)
            #expect(code == nil && bound.values["group"] == value)
        } catch let error as PlanRejected {
            #expect(error.diagnostics.map(\.code) == [code])
        }
    }
}
