import MarkedYAML
public import RunOutputs

extension BucketPolicy {
    /// Reads a bucket policy file.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    /// - Returns: The policy.
    /// - Throws: ``PlanRejected`` with all problems, sorted by place.
    public static func read(_ bytes: some Collection<UInt8>, file: String) throws(PlanRejected) -> BucketPolicy {
        let (policy, diagnostics) = checked(bytes, file: file)
        guard let policy else { throw PlanRejected(diagnostics, in: file, bytes) }
        return policy
    }

    /// Reads a bucket policy file, and tells the warnings too.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    /// - Returns: The policy unless there are errors, and all problems, sorted by place.
    public static func checked(
        _ bytes: some Collection<UInt8>, file: String
    ) -> (policy: BucketPolicy?, diagnostics: [Diagnostic]) {
        let (root, log) = readMapping(bytes, .mapping(BucketPolicyShape.policy), file: file, what: "a bucket policy")
        guard let root else { return (nil, log.diagnostics) }
        var decoder = BucketPolicyDecoder(log: log)
        let policy = decoder.policy(root)
        return (decoder.log.hasErrors ? nil : policy, decoder.log.inOrder)
    }
}

/// Turns a tree, whose shape was checked, into a policy.
struct BucketPolicyDecoder {
    var log: DiagnosticLog

    mutating func policy(_ root: Node) -> BucketPolicy {
        let policy = BucketPolicy(
            releaseTypes: root["release_types"]?.texts ?? [],
            rules: (root["rules"]?.elements ?? []).compactMap { rule($0) },
            served: (root["serves"]?.texts ?? []).compactMap { served($0) })
        // If one that is listed cannot be read, rules that name it are not a second mistake.
        if root["release_types"].map({ log.hasErrors(in: $0.range) }) != true { checkReleaseTypes(of: policy) }
        checkOrder(of: policy)
        return policy
    }

    private mutating func rule(_ node: Node) -> BucketPolicy.Rule? {
        let condition = node["when"].map { self.condition($0) } ?? BucketPolicy.Condition()
        let bucket = node["bucket"]?.text.flatMap { text in
            marked(text) { (name) throws(InvalidBucketName) in try BucketName(name) }
        }
        guard let name = node["name"]?.text, let bucket, let region = node["region"]?.text else { return nil }
        var rule = BucketPolicy.Rule(
            name: name, condition: condition, bucket: bucket,
            hasExternalPrefix: node["external_prefix"]?.isTrue ?? false, region: region, role: role(node["role"]),
            range: node.range)
        rule.store = store(node)
        return rule
    }

    /// A repository, or all of an owner.
    private mutating func served(_ text: Marked<String>) -> Marked<String>? {
        let name = text.value.hasSuffix("/*") ? text.value.dropLast() + "x" : text.value
        let repository = marked(text.map { _ in name }) { (name) throws(InvalidRepositoryName) in
            try RepositoryName(name)
        }
        return repository.map { _ in text }
    }

    private mutating func store(_ node: Node) -> BucketPolicy.Store {
        let publicURL = node["public_url"]?.text
        for url in [publicURL, node["endpoint_url"]?.text].compactMap(\.self) where !log.hasErrors(in: url.range) {
            guard !url.value.hasPrefix("https://"), !url.value.hasPrefix("http://") else { continue }
            log.error(.illegalValue, "'\(url.value)' is not a URL of http or https", at: url.range) {
                $0.help.append("begin it with `https://`")
            }
        }
        if let publicURL, !publicURL.value.contains("${key}"), !log.hasErrors(in: publicURL.range) {
            log.error(.illegalValue, "every object would have the URL '\(publicURL.value)'", at: publicURL.range) {
                $0.help.append("write `${key}` where the object's key belongs")
            }
        }
        return BucketPolicy.Store(
            endpointURL: node["endpoint_url"]?.text,
            pathStyle: node["path_style"].map { Marked($0.isTrue, at: $0.range) }, publicURL: publicURL)
    }

    private mutating func condition(_ node: Node) -> BucketPolicy.Condition {
        BucketPolicy.Condition(
            repository: node["repository"]?.text.flatMap { text in
                marked(text) { (name) throws(InvalidRepositoryName) in try RepositoryName(name) }
            },
            fork: node["fork"].map { Marked($0.isTrue, at: $0.range) }, releaseTypes: node["release_type"]?.texts,
            runBefore: node["run_before"]?.text.flatMap { text in
                (try? UTCTimestamp(text.value)).map { Marked($0, at: text.range) }
            })
    }

    /// An ARN has six parts, the third of which names the service
    /// ([IAM identifiers](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html)).
    private mutating func role(_ node: Node?) -> Marked<String>? {
        guard let role = node?.text, !log.hasErrors(in: role.range) else { return nil }
        let parts = role.value.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "iam", parts[4].count == 12, parts[5].hasPrefix("role/")
        else {
            log.error(.illegalValue, "'\(role.value)' is not the ARN of an IAM role", at: role.range) {
                $0.help.append("write it as `arn:aws:iam::123456789012:role/name`")
            }
            return nil
        }
        return role
    }

    private mutating func marked<Value, Failure: Error & CustomStringConvertible>(
        _ text: Marked<String>, _ read: (String) throws(Failure) -> Value
    ) -> Marked<Value>? {
        guard !log.hasErrors(in: text.range) else { return nil }
        do {
            return Marked(try read(text.value), at: text.range)
        } catch {
            log.error(.illegalValue, "\(error)", at: text.range)
            return nil
        }
    }

    /// Rules for release types that are refused.
    private mutating func checkReleaseTypes(of policy: BucketPolicy) {
        let known = [RunContext.ordinaryReleaseType] + policy.releaseTypes.map(\.value)
        for type in policy.unlistedReleaseTypes where !log.hasErrors(in: type.range) {
            log.unknownWord(
                .illegalValue, "'\(type.value)' is not in `release_types`", word: type.value, at: type.range,
                known: known,
                listing: "release types are")
        }
    }

    /// Rules that an earlier one gets in the way of.
    private mutating func checkOrder(of policy: BucketPolicy) {
        // A condition that cannot be read would seem to hold always.
        guard !log.hasErrors else { return }
        for (rule, other) in policy.shadowedRules {
            log.warning(.shadowedRule, "the rule '\(rule.name.value)' is never tried", at: rule.name.range) {
                $0.note("this rule always matches first", at: other.name.range)
                $0.help.append("remove the rule, or move it up")
            }
        }
    }
}

extension BucketPolicy {
    /// What diagnostics call the policy that is built in.
    public static let builtInFile = "manifests/buckets.yaml"

    /// The text of `manifests/buckets.yaml` when the tool was built.
    public static let builtInText: [UInt8] = PackageResources.buckets_yaml

    /// The policy of `manifests/buckets.yaml` when the tool was built, made from the tree of that file.
    public static let builtIn: BucketPolicy = {
        var decoder = BucketPolicyDecoder(log: DiagnosticLog(file: builtInFile))
        guard let root = Node(treeLines: PackageResources.buckets_tree) else {
            preconditionFailure("the built-in bucket policy is not a tree")
        }
        return decoder.policy(root)
    }()
}
