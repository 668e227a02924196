import MarkedYAML
import RunOutputs

extension RuleDraft {
    /// Fails the rule, and takes back its operations, if it would publish what looks like credentials.
    ///
    /// - Parameters:
    ///   - bound: The rule.
    ///   - rule: Its place among all rules.
    ///   - reason: Why a file looks like credentials, as the end of a sentence; `nil` if it does not.
    mutating func withdrawSecrets(of bound: BoundRule, at rule: Int, _ reason: (ExactString) -> String?) {
        var found: [PlannedRule.Problem] = []
        for operation in operations {
            for file in operation.sourceFiles {
                guard let reason = reason(file.path), !bound.allowsSecret(file.path) else { continue }
                found.append(
                    PlannedRule.Problem(
                        "'\(file.path)' looks like a secret: \(reason); exclude it, or waive it by name with "
                            + "`allow_secrets`", code: .likelySecret))
            }
        }
        guard !found.isEmpty else { return }
        problems += found
        withdraw(rule)
    }
}

extension BoundRule {
    /// Whether the rule says by name that a file may be published although it looks like a secret.
    func allowsSecret(_ path: ExactString) -> Bool {
        let name: ExactString
        switch source {
        case .directory(let selection), .archive(_, _, let selection): name = selection.relativePath(of: path) ?? path
        case .file: name = ExactString(path.text.lastPathComponent)
        case .index: return false
        }
        return allowedSecrets.contains { $0.glob.matches(name) }
    }
}
