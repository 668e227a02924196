import MarkedYAML
import RunOutputs

/// Checks files of every kind that this tool reads.
public enum FileCheck {
    /// Checks a plan or what a run must hold, with their tests, or a bucket policy.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    /// - Returns: All problems, sorted by place.
    public static func diagnostics(_ bytes: some Collection<UInt8>, file: String) -> [Diagnostic] {
        guard !isBucketPolicy(bytes) else { return BucketPolicy.checked(bytes, file: file).diagnostics }
        if RunRequirements.isOne(bytes) {
            let (requirements, diagnostics) = RunRequirements.checked(bytes, file: file)
            return (diagnostics + (requirements?.testFailures() ?? [])).sorted(by: Diagnostic.inOrder)
        }
        do {
            let plan = try ValidatedPlan.read(bytes, file: file)
            return (plan.warnings + plan.testFailures() + plan.contradictedExpectations()).sorted(
                by: Diagnostic.inOrder)
        } catch {
            return error.diagnostics
        }
    }

    /// Whether a file is a bucket policy: it has `rules` or `release_types` and no `uploads`.
    public static func isBucketPolicy(_ bytes: some Collection<UInt8>) -> Bool {
        // To parse a file twice only for this would be a pity.
        let contents = Array(bytes)
        guard contents.holds("rules".utf8) || contents.holds("release_types".utf8),
            let root = try? Node.parse(contents)
        else { return false }
        return root["uploads"] == nil && (root["rules"] != nil || root["release_types"] != nil)
    }
}
