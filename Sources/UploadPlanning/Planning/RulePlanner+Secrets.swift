import MarkedYAML
import RunOutputs

extension RulePlanner {
    /// Fails the rule, and takes back its operations, if it would publish what looks like credentials.
    func checkSecrets(_ outcome: inout RuleOutcome) {
        let problems = outcome.operations.lazy.flatMap(\.sourceFiles).compactMap { file -> PlannedRule.Problem? in
            guard let reason = secretReason(file.path), !bound.allowsSecret(file.path) else { return nil }
            return PlannedRule.Problem(
                "'\(file.path)' looks like a secret: \(reason); exclude it, or waive it by name with `allow_secrets`",
                code: .likelySecret)
        }
        guard !problems.isEmpty else { return }
        outcome.problems += problems
        withdraw(&outcome)
    }

    /// Why a file looks like credentials, as the end of a sentence.
    private func secretReason(_ path: ExactString) -> String? {
        if let match = SecretName.match(path) {
            return "its name matches '\(match.pattern)', which holds \(match.what)"
        }
        return inventory.secrets.isEmpty ? nil : inventory.secrets[path]
    }

    /// Takes back all operations of a rule that fails.
    func withdraw(_ outcome: inout RuleOutcome) {
        let files = outcome.operations.flatMap(\.sourceFiles)
        outcome.status = .failed
        outcome.operations = []
        outcome.skipped += files.map { file in
            SkippedFile(rule: rule, path: file.path, reason: .problem("its rule fails"), size: file.version.knownSize)
        }
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
