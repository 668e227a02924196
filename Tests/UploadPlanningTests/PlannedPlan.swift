import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

/// Plans an upload of some files, without a disk.
///
/// - Parameters:
///   - text: The plan's `parameters` and `uploads`; head and run are always the same.
///   - files: The files that exist; a path that ends with `/` is a directory.
///   - settings: The values of parameters.
/// - Returns: The plan and its warnings.
/// - Throws: What reading, binding or planning throws.
func planned(
    _ text: String, files: [String], settings: [String: String] = [:]
) throws -> (upload: PlannedUpload, warnings: [Diagnostic]) {
    let bound = try bound(text, settings: settings)
    return try [bound].planned(with: TreeListing(paths: files).inventory(answering: bound.inventoryRequest))
}

/// Binds a plan to the run `1-linux` in the bucket `bucket`.
func bound(
    _ text: String, settings: [String: String] = [:], environment: [String: String] = [:]
) throws -> BoundPlan {
    let plan = try ValidatedPlan.read(Array("version: 1\nname: demo\n\(text)".utf8), file: "plan.yaml")
    let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
    return try plan.bound(to: root, inputs: ParameterInputs(settings: settings, environment: environment))
}

extension PlannedUpload {
    /// The keys of all operations.
    var keys: [String] { operations.map(\.destination.key.text) }
}
