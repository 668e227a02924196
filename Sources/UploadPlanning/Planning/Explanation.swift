import MarkedYAML
import RunOutputs

extension PlannedUpload {
    /// Tells what becomes of a file or how a key comes to be.
    ///
    /// - Parameters:
    ///   - name: A path as the plan names it, a key, a key below the run's prefix, or an `s3://` location.
    ///   - plans: The plans that were planned.
    ///   - inventory: What the disk held.
    /// - Returns: Lines for people, and whether the file or key is there; `nil` if nothing is known of the name.
    public func reasons(
        for name: String, plans: [BoundPlan], inventory: Inventory
    ) -> (text: String, isThere: Bool)? {
        let path = ExactString(name.normalizedPath)
        let byPath = plans.flatMap { plan in
            plan.rules.map { rule in (plan, rule, rule.reason(for: path, inventory)) }
        }
        let looked = byPath.filter { $0.2 != nil }
        if looked.contains(where: { $0.2?.isThere ?? false }) {
            let width = looked.map { $0.1.rule.name.value.count }.max() ?? 0
            let lines = looked.map { plan, rule, reason in
                let name = rule.rule.name.value
                let padding = String(repeating: " ", count: width - name.count)
                let place = "\(plan.plan.file):\(rule.rule.name.range.lowerBound.line)"
                return "  rule \(name)\(padding)  \(place)  \(reason?.text ?? "")\n"
            }
            return ("\(path.text.printable)\n" + lines.joined().linesPrintable + fate(of: path), true)
        }
        return reasons(forKey: name, plans)
    }

    /// What comes of a file in the end.
    private func fate(of path: ExactString) -> String {
        let uses = operations.filter { $0.sourceFiles.contains { $0.path == path } }
        let lines = uses.map { operation in
            let isArchive = if case .archive = operation.source { true } else { false }
            return "  → \(isArchive ? "a member of " : "")\(operation.destination.s3URI.printable)\n"
        }
        return lines.isEmpty ? "  → nowhere\n" : lines.joined()
    }

    /// The file or key of the plan that somebody probably meant, to suggest in place of an unknown one.
    ///
    /// - Parameter name: The unknown name.
    /// - Returns: The nearest path or key, spelled like the name: a path, a key, or an `s3://` location.
    public func nearest(to name: String) -> String? {
        let base = name.lastPathComponent
        let known = operations.lazy.flatMap { operation in
            name.hasPrefix("s3://")
                ? [operation.destination.s3URI]
                : operation.sourceFiles.map(\.path.text) + [operation.destination.key.text]
        }
        // To compare a name with each of a million takes long: those come first that share its last part.
        return known.first { $0.lastPathComponent == base } ?? name.nearest(in: known.prefix(20_000))
    }

    private func reasons(forKey name: String, _ plans: [BoundPlan]) -> (text: String, isThere: Bool)? {
        // A whole URI is not a key, and nothing lies below it by chance.
        let names = name.hasPrefix("s3://") ? [] : plans.flatMap { [name, "\($0.root.prefix)/\(name)"] }
        let keys = names.map { ExactString($0) }
        let made = operations.filter { $0.destination.s3URI == name || keys.contains($0.destination.key) }
        if !made.isEmpty {
            let text = made.map { operation in
                let rule = rules[operation.rule]
                return
                    "\(operation.destination.s3URI.printable)\n  rule \(rule.name)  \(rule.plan):\(rule.range.lowerBound.line)"
                    + "  from \(operation.sourceDescription.printable)\n"
            }.joined()
            return (text, true)
        }
        return missingKey(keys, name).map { ($0, false) }
    }

    /// A key that no rule makes, though it lies where one uploads to.
    private func missingKey(_ keys: [ExactString], _ name: String) -> String? {
        let below = rules.filter { rule in
            keys.contains { $0.text.utf8.starts(with: "\(rule.destination.key)/".utf8) }
                || "\(name)".hasPrefix(rule.destination.s3URI)
        }
        guard !below.isEmpty else { return nil }
        let lines = below.map { rule in
            let reason =
                rule.status.reason ?? rule.problems.first?.message ?? "it selects no file that would get this key"
            return
                "  rule \(rule.name)  \(rule.plan):\(rule.range.lowerBound.line)  uploads below \(rule.destination.s3URI): \(reason)\n"
        }
        let base = name.lastPathComponent
        let similar = operations.filter { $0.destination.key.text.lastPathComponent == base }.prefix(3)
        return "\(name.printable)\n  no rule makes this key\n" + lines.joined().linesPrintable
            + similar.map { "  the same name: \($0.destination.s3URI.printable)\n" }.joined()
    }
}

/// What one rule has to say of a file.
private struct RuleReason {
    var text: String
    /// Whether the rule found the file on disk.
    var isThere: Bool
}

extension BoundRule {
    /// What the rule does with a file, or `nil` if it has nothing to do with it.
    fileprivate func reason(for path: ExactString, _ inventory: Inventory) -> RuleReason? {
        switch source {
        case .directory(let selection): return reason(for: path, selection, "takes", inventory)
        case .archive(_, _, let selection): return reason(for: path, selection, "archives", inventory)
        case .file(let file) where file == path:
            let isThere = inventory.paths[file].map { $0 != .absent } ?? false
            return RuleReason(
                text: conditionNotMet.map { "condition not met: \($0)" } ?? "takes it by name", isThere: isThere)
        case .file, .index: return nil
        }
    }

    private func reason(
        for path: ExactString, _ selection: BoundSelection, _ verb: String, _ inventory: Inventory
    ) -> RuleReason? {
        guard let relative = selection.directory.relativePath(of: path) else { return nil }
        if let conditionNotMet { return RuleReason(text: "condition not met: \(conditionNotMet)", isThere: false) }
        guard case .listed(let entries, _) = inventory.directories[selection.directory] ?? .absent,
            let entry = entries.first(where: { $0.path == relative })
        else { return RuleReason(text: "there is no such file in '\(selection.directory.path)'", isThere: false) }
        return RuleReason(text: text(for: entry, selection, verb), isThere: true)
    }

    private func text(for entry: FileEntry, _ selection: BoundSelection, _ verb: String) -> String {
        let include = selection.include.first { $0.glob.matches(entry.path) }
        guard selection.include.isEmpty || include != nil else {
            return "no include matches: \(selection.include.map { "'\($0.source.value)'" }.joined(separator: ", "))"
        }
        let matched =
            include.map { "'\($0.source.value)' (line \($0.source.range.lowerBound.line)) matches" }
            ?? "all files match"
        if let exclude = selection.exclude.first(where: { $0.glob.matches(entry.path) }) {
            let line = exclude.source.range.lowerBound.line
            return "\(matched), and exclude '\(exclude.source.value)' (line \(line)) removes it"
        }
        switch entry.kind {
        case .symlink: return "\(matched), and symlinks are skipped"
        case .special: return "\(matched), and it is not a regular file"
        case .file: return "\(verb) it: \(matched)"
        }
    }
}

extension UploadOperation {
    fileprivate var sourceDescription: String {
        switch source {
        case .file(let file): file.path.text
        case .archive(let recipe): "\(recipe.members.count.counted("file")), packed as \(recipe.format.rawValue)"
        case .index(let recipe): "a list of \(recipe.operations.count.counted("object"))"
        }
    }
}

extension String {
    /// Printable, line by line.
    fileprivate var linesPrintable: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}
