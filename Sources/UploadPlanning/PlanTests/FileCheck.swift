import MarkedYAML
public import RunOutputs

/// Checks files of every kind that this tool reads.
public enum FileCheck {
    /// What a file is.
    public enum Kind: Hashable, Sendable {
        case plan, buckets, layout, requirements
    }

    /// Checks a plan or what a run must hold, with their tests, a bucket policy or a layout.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    ///   - layout: Where plans may put outputs.
    /// - Returns: All problems, sorted by place.
    public static func diagnostics(
        _ bytes: some Collection<UInt8>, file: String, layout: Layout = .builtIn
    ) -> [Diagnostic] {
        switch kind(of: bytes) {
        case .buckets: return BucketPolicy.checked(bytes, file: file).diagnostics
        case .layout: return Layout.checked(bytes, file: file).diagnostics
        case .requirements:
            let (requirements, diagnostics) = RunRequirements.checked(bytes, file: file, layout: layout)
            return (diagnostics + (requirements?.testFailures() ?? [])).sorted(by: Diagnostic.inOrder)
        case .plan: break
        }
        do {
            let plan = try ValidatedPlan.read(bytes, file: file, layout: layout)
            return (plan.warnings + plan.testFailures() + plan.contradictedExpectations()).sorted(
                by: Diagnostic.inOrder)
        } catch {
            return error.diagnostics
        }
    }

    /// Tells the kinds of files apart by their keys: `uploads` makes a plan; without it, `rules` or `release_types` make
    /// a bucket policy, `required` what a run must hold, and `terms` a layout.
    public static func kind(of bytes: some Collection<UInt8>) -> Kind {
        // To parse a file twice only for this would be a pity.
        let contents = Array(bytes)
        let mayBeOther = ["rules", "release_types", "terms", "required"].contains { contents.holds($0.utf8) }
        guard mayBeOther, let root = try? Node.parse(contents), root["uploads"] == nil else { return .plan }
        if root["rules"] != nil || root["release_types"] != nil { return .buckets }
        if root["required"] != nil { return .requirements }
        return root["terms"] == nil ? .plan : .layout
    }
}
