import RunOutputs
import Testing
import UploadPlanning

extension PlanRecord {
    /// What a plan does with some files: its `parameters` and `uploads` are given, and its head is always the same.
    static func of(
        _ text: String, files: [String] = [], tests: Bool = false, settings: [String: String] = [:]
    ) throws -> PlanRecord {
        let bytes = Array("version: 1\nname: demo\n\(text)".utf8)
        let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        let upload = try planned(text, files: files, settings: settings).upload
        let plan = try ValidatedPlan.read(bytes, file: "plan.yaml")
        let scenarios = tests ? plan.tests.map { plan.scenario(of: $0) } : []
        return PlanRecord(
            versions: .init(layout: "layout", policy: "policy"), behaviours: [try #require(Behaviour.ofPlan(bytes))],
            scenarios: [upload.scenario(.files, below: root)] + scenarios)
    }
}
