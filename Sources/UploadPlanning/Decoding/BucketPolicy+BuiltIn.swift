public import RunOutputs

extension BucketPolicy {
    /// What diagnostics call the policy that is built in.
    public static let builtInFile = "manifests/buckets.yaml"

    /// The text of `manifests/buckets.yaml` when the tool was built.
    public static let builtInText: [UInt8] = PackageResources.buckets_yaml

    /// The policy of `manifests/buckets.yaml` when the tool was built.
    public static let builtIn: BucketPolicy = {
        do throws(PlanRejected) {
            return try read(builtInText, file: builtInFile)
        } catch {
            preconditionFailure("the built-in bucket policy is wrong: \(error.diagnostics)")
        }
    }()
}
