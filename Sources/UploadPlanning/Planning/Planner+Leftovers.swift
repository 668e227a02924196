public import MarkedYAML
import RunOutputs

extension Planner {
    /// The paths that some rule takes, also as members of an archive.
    private var taken: Set<ExactString> {
        var taken: Set<ExactString> = Set(minimumCapacity: drafts.reduce(0) { $0 + $1.operations.count })
        for outcome in drafts { taken.formUnion(outcome.operations.lazy.flatMap(\.sourceFiles).map(\.path)) }
        return taken
    }

    /// What rules looked at and left: a file that one excludes or cannot use is not skipped if another takes it.
    func skipped() -> [SkippedFile] {
        let skipped = drafts.flatMap(\.skipped)
        guard !skipped.isEmpty else { return [] }
        let taken = taken
        return skipped.filter { !taken.contains($0.path) }
    }

    /// The files under a source root that no rule took and no exclude named, sorted by path.
    ///
    /// A source root is the `from` of a rule, also of an archive that takes all its files. An archive with `include`
    /// picks from a tree that the plan does not claim to publish.
    func leftovers() -> [SourceFile] {
        let takenWhole = takenWhole
        let files = sourceRoots.filter { !takenWhole.contains($0.directory) }.flatMap(files)
        guard !files.isEmpty else { return [] }
        var accounted = taken
        for outcome in drafts { for file in outcome.skipped { accounted.insert(file.path) } }
        // Directories of two rules may lie in each other: each file is one leftover.
        return files.filter { accounted.insert($0.path).inserted }.sorted { $0.path < $1.path }
    }

    /// Decides what leftovers mean, as the plan of the rule says that comes nearest to taking each.
    ///
    /// - Returns: Those that are listed, and warnings; rules that they fail have a problem from here on.
    mutating func judgedLeftovers() -> (files: [SourceFile], warnings: [Diagnostic]) {
        var listed: [SourceFile] = []
        var found: [Int: (count: Int, first: SourceFile)] = [:]
        for file in leftovers() {
            let rule = nearestRule(to: file.path)
            let policy = rule.flatMap { plans[rules[$0].plan].plan.leftovers }
            if policy != .ignore { listed.append(file) }
            if let rule, policy == .error || policy == .warn { found[rule, default: (0, file)].count += 1 }
        }
        var warnings: [Diagnostic] = []
        for (rule, (count, first)) in found.sorted(by: { $0.key < $1.key }) {
            let message =
                count == 1
                ? "no rule takes '\(first.path)'" : "no rule takes \(count) files, such as '\(first.path)'"
            let plan = plans[rules[rule].plan].plan
            if plan.leftovers == .error {
                drafts[rule].problems.append(.init(message, code: .leftover))
                // A pattern that became too narrow may take nothing, and the rule say that this is no error.
                if case .nothingSelected = drafts[rule].status { drafts[rule].status = .failed }
            } else {
                var warning = Diagnostic(
                    severity: .warning, code: .leftover, message: message, file: plan.file,
                    range: rules[rule].bound.rule.name.range)
                warning.help.append("take it, exclude it, or say `leftovers: ignore`")
                warnings.append(warning)
            }
        }
        return (listed, warnings)
    }

    /// The rule whose directory is the deepest that a file lies in: one that picks by pattern before one that takes all.
    private func nearestRule(to path: ExactString) -> Int? {
        let around = rules.indices.filter { index in
            let bound = rules[index].bound
            return bound.conditionNotMet == nil && bound.publishedSelection?.relativePath(of: path) != nil
        }
        return around.max { rank($0) < rank($1) }
    }

    /// Of rules of one directory the first counts.
    private func rank(_ rule: Int) -> (depth: Int, isPicking: Int, order: Int) {
        let selection = rules[rule].bound.publishedSelection
        return (
            selection?.directory.path.text.utf8.count ?? 0, selection?.include.isEmpty == false ? 1 : 0, -rule
        )
    }

    private func files(of root: BoundSelection) -> [SourceFile] {
        guard case .listed(let entries, _) = inventory.directories[root.directory] ?? .absent else { return [] }
        return entries.filter { $0.kind == .file }.map(root.source)
    }

    /// The directories of which some rule takes or excludes every file: nothing is left over there.
    private var takenWhole: Set<InventoryRequest.Directory> {
        Set(sourceRoots.filter(\.include.isEmpty).map(\.directory))
    }

    private var sourceRoots: [BoundSelection] {
        rules.filter { $0.bound.conditionNotMet == nil }.compactMap(\.bound.publishedSelection)
    }
}

extension [BoundPlan] {
    /// The rule that comes nearest to taking a file that none takes, and what it wants instead.
    func nearestRule(to path: ExactString) -> String? {
        let candidates = flatMap { plan in plan.rules.map { (plan.plan.file, $0) } }.compactMap { file, rule in
            rule.conditionNotMet == nil ? rule.publishedSelection.map { (file, rule.rule, $0) } : nil
        }
        let looking = candidates.filter { $0.2.relativePath(of: path) != nil && !$0.2.include.isEmpty }
        let depth = { (directory: InventoryRequest.Directory) in directory.path.text.utf8.count }
        guard let (file, rule, selection) = looking.max(by: { depth($0.2.directory) < depth($1.2.directory) }) else {
            return nil
        }
        let patterns = selection.include.map { "'\($0.source.value)'" }.joined(separator: ", ")
        return "nearest rule '\(rule.name.value)' wants \(patterns) (\(file):\(rule.name.range.lowerBound.line))"
    }
}

/// A directory that a rule takes files from, and which files these are.
public struct SourceDirectory: Sendable {
    /// The rule.
    public let rule: Marked<String>
    private let selection: BoundSelection

    fileprivate init(rule: Marked<String>, selection: BoundSelection) {
        self.rule = rule
        self.selection = selection
    }

    /// The directory.
    public var directory: InventoryRequest.Directory { selection.directory }
    /// Its path, relative to the working directory or absolute.
    public var path: String { selection.directory.path.text }

    /// Whether the rule takes a file.
    ///
    /// - Parameter path: The file's path relative to the directory.
    /// - Returns: Whether the patterns take it; what kind of file it is does not matter.
    public func takes(_ path: String) -> Bool { selection.takes(ExactString(path)) }
}

extension BoundPlan {
    /// The directories that rules take files from whose conditions hold.
    public var sourceDirectories: [SourceDirectory] {
        rules.filter { $0.conditionNotMet == nil }.compactMap { rule in
            switch rule.source {
            case .directory(let selection), .archive(_, _, let selection):
                SourceDirectory(rule: rule.rule.name, selection: selection)
            case .file, .index: nil
            }
        }
    }
}

extension BoundSelection {
    /// Whether the patterns take a path that is relative to the directory.
    func takes(_ path: ExactString) -> Bool {
        (include.isEmpty || include.contains { $0.glob.matches(path) }) && !exclude.contains { $0.glob.matches(path) }
    }
}

extension BoundRule {
    /// The selection that claims to publish a directory.
    var publishedSelection: BoundSelection? {
        switch source {
        case .directory(let selection): selection
        case .archive(_, _, let members): members.include.isEmpty ? members : nil
        case .file, .index: nil
        }
    }
}
