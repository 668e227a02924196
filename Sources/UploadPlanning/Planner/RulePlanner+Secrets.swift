import MarkedYAML
public import RunOutputs

extension RulePlanner {
    /// Fails the rule, and takes back its operations, if it would publish what looks like credentials.
    func checkSecrets(_ outcome: inout RuleOutcome) {
        let findings = outcome.operations.flatMap(\.sourceFiles).compactMap { file -> SecretFinding? in
            guard let match = SecretName.match(file.path), !bound.allowsSecret(file.path) else { return nil }
            return SecretFinding(
                path: file.path, reason: "its name matches '\(match.pattern)', which holds \(match.what)")
        }
        guard !findings.isEmpty else { return }
        outcome.problems += findings.map(\.problem)
        withdraw(&outcome)
    }

    /// Takes back all operations of a rule that fails.
    func withdraw(_ outcome: inout RuleOutcome) {
        let files = outcome.operations.flatMap(\.sourceFiles)
        outcome.status = .failed
        outcome.operations = []
        outcome.taken = []
        outcome.skipped += files.map { file in
            SkippedFile(rule: rule, path: file.path, reason: .problem("its rule fails"), size: file.version.size)
        }
    }
}

/// A file that looks like credentials.
public struct SecretFinding: Hashable, Sendable {
    /// The file.
    public var path: ExactString
    /// Why it looks so, as the end of a sentence.
    public var reason: String

    /// Joins a file and why it looks like credentials.
    public init(path: ExactString, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// What fails the rule.
    var problem: PlannedRule.Problem {
        PlannedRule.Problem(
            "'\(path)' looks like a secret: \(reason); exclude it, or waive it by name with `allow_secrets`",
            code: .likelySecret)
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
