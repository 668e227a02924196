import MarkedYAML
public import RunOutputs

extension BucketPolicy {
    /// What diagnostics call the policy that is built in.
    public static let builtInFile = "manifests/buckets.yaml"

    /// The text of `manifests/buckets.yaml` when the tool was built.
    public static let builtInText: [UInt8] = PackageResources.buckets_yaml

    /// The policy of `manifests/buckets.yaml` when the tool was built, made from the tree of that file.
    public static let builtIn: BucketPolicy = {
        var decoder = BucketPolicyDecoder(log: DiagnosticLog(file: builtInFile))
        guard let root = Node(treeLines: PackageResources.buckets_tree) else {
            preconditionFailure("the built-in bucket policy is no tree")
        }
        return decoder.policy(root)
    }()
}
