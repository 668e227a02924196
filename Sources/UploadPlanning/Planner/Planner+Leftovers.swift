import RunOutputs

extension Planner {
    private var takenPaths: Set<ExactString> { Set(outcomes.lazy.flatMap(\.taken)) }

    /// Another rule may take what one leaves out: then the file is not skipped.
    func isTaken(_ skipped: SkippedFile) -> Bool {
        guard case .excluded = skipped.reason else { return false }
        return outcomes.contains { $0.taken.contains(skipped.path) }
    }

    /// The files under a source root that no rule took and no exclude named.
    ///
    /// A source root is the `from` of a rule, also of an archive that takes all its files. An archive with `include`
    /// picks from a tree that the plan does not claim to publish.
    func leftovers() -> [SourceFile] {
        var accounted = takenPaths
        accounted.formUnion(outcomes.lazy.flatMap(\.skipped).map(\.path))
        var leftovers: Set<SourceFile> = []
        for root in sourceRoots {
            guard case .listed(let entries, _) = inventory.directories[root.directory] ?? .absent else { continue }
            for entry in entries where entry.kind == .file {
                let file = root.source(entry)
                if !accounted.contains(file.path) { leftovers.insert(file) }
            }
        }
        return leftovers.sorted { $0.path < $1.path }
    }

    private var sourceRoots: [BoundSelection] {
        rules.filter { $0.bound.conditionNotMet == nil }.compactMap { rule in
            switch rule.bound.source {
            case .directory(let selection): selection
            case .archive(_, _, let members): members.include.isEmpty ? members : nil
            case .file, .index: nil
            }
        }
    }
}
