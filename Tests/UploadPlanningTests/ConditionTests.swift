import RunOutputs
import Testing
import UploadPlanning

@Suite("Conditions of rules, and what depends on them")
struct ConditionTests {
    @Test(
        "a rule is applied if all of its conditions hold",
        arguments: [
            ("{group: a}", "a", true), ("{group: a}", "b", false), ("{group: [a, b]}", "b", true),
            ("{group: {not: a}}", "a", false), ("{group: {not: a}}", "b", true), ("{group: {not: \"\"}}", "", false),
            ("{group: {not: [a, b]}}", "b", false), ("{group: {not: [a, b]}}", "c", true),
            ("{group: {not: \"\"}, other: x}", "a", true), ("{group: {not: \"\"}, other: y}", "a", false),
        ])
    func conditions(condition: String, group: String, holds: Bool) throws {
        let plan = """
            version: 1
            name: x
            parameters: {group: {}, other: {default: x}}
            uploads:
              logs: {when: \(condition), from: logs, to: root}
            tests:
              - {name: t, set: {group: "\(group)"}, given: [logs/a.log], expect: [\(holds ? "a.log" : "")]}

            """
        let failures = try ValidatedPlan.read(Array(plan.utf8), file: "plan.yaml").testFailures()
        #expect(failures.map(\.message) == [])
    }

    @Test(
        "a condition on a value that the parameter cannot have is an error",
        arguments: ["c", "{not: c}", "{not: [a, c]}"])
    func impossibleValue(value: String) {
        let plan = """
            version: 1
            name: x
            parameters: {group: {one_of: [a, b]}}
            uploads:
              logs: {when: {group: \(value)}, from: logs, to: root}

            """
        #expect(throws: PlanRejected.self) { try ValidatedPlan.read(Array(plan.utf8), file: "plan.yaml") }
    }

    @Test("a named archive may go to a directory, where it has its name")
    func archiveInDirectory() throws {
        let plan = """
            version: 1
            name: x
            parameters: {stage: {default: s}, version: {default: "1"}}
            uploads:
              logs: {archive: {format: zip, from: logs, name: "logs-${version}.zip"}, to: log_stage_dir}
            tests:
              - {name: t, given: [logs/a.log], expect: [logs/s/logs-1.zip]}

            """
        let validated = try ValidatedPlan.read(Array(plan.utf8), file: "plan.yaml")
        #expect(validated.testFailures().map(\.message) == [])
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        #expect(throws: PlanRejected.self) {
            try validated.bound(to: root, inputs: ParameterInputs(settings: ["version": "../1"]))
        }
        let unnamed = plan.replacing(", name: \"logs-${version}.zip\"", with: "")
        #expect(throws: PlanRejected.self) { try ValidatedPlan.read(Array(unnamed.utf8), file: "plan.yaml") }
    }

    @Test("of several values of an output the first that can be given counts")
    func alternatives() throws {
        let tail = #"outputs: {url: [{log_index: {}}, "${tarball.key}", "${logs.url}/index.html"]}"#
        func outputs(_ stored: [String: [String]]) throws -> [String] {
            try RunSummaryTests.summary(tail, stored: stored).outputs.map(\.value)
        }
        let logs = ["logs": ["logs/gfx94X-dcgpu/a.log"]]
        let tarball = ["tarball": ["tarballs/x.tar.gz"]]
        let base = "\(RunSummaryTests.base)/logs/gfx94X-dcgpu"
        #expect(try outputs(["archive": ["logs/gfx94X-dcgpu/index.html"]]) == ["\(base)/index.html"])
        #expect(try outputs(logs.merging(tarball) { $1 }) == ["7-linux/tarballs/x.tar.gz"])
        #expect(try outputs(logs) == ["\(base)/index.html"])
        let nothing = try RunSummaryTests.summary(tail, stored: [:])
        #expect(nothing.outputs.isEmpty && nothing.omissions.count == 1)
    }
}
