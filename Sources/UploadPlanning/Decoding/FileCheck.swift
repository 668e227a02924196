import MarkedYAML
import RunOutputs

/// Checks files of every kind that this tool reads.
public enum FileCheck {
    /// Checks a plan, with its tests, or a bucket policy.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    /// - Returns: All problems, sorted by place.
    public static func diagnostics(_ bytes: some Collection<UInt8>, file: String) -> [Diagnostic] {
        guard !isBucketPolicy(bytes) else { return BucketPolicy.checked(bytes, file: file).diagnostics }
        do {
            let plan = try ValidatedPlan.read(bytes, file: file)
            return (plan.warnings + plan.testFailures()).sorted(by: Diagnostic.inOrder)
        } catch {
            return error.diagnostics
        }
    }

    /// A bucket policy has `rules` or `release_types` and no `uploads`.
    private static func isBucketPolicy(_ bytes: some Collection<UInt8>) -> Bool {
        // To parse a file twice only for this would be a pity.
        guard bytes.holds("rules".utf8) || bytes.holds("release_types".utf8), let root = try? Node.parse(bytes) else {
            return false
        }
        return root["uploads"] == nil && (root["rules"] != nil || root["release_types"] != nil)
    }
}

extension Collection<UInt8> {
    /// Whether some bytes stand anywhere in the file.
    fileprivate func holds(_ word: String.UTF8View) -> Bool {
        var index = startIndex
        while let next = self[index...].firstIndex(of: word[word.startIndex]) {
            if self[next...].starts(with: word) { return true }
            index = self.index(after: next)
        }
        return false
    }
}
