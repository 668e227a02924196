import RunOutputs

extension Planner {
    /// The files under a source root that no rule took and no exclude named.
    ///
    /// A source root is the `from` of a rule, also of an archive that takes all its files. An archive with `include`
    /// picks from a tree that the plan does not claim to publish.
    ///
    /// - Parameter accounted: The files that are taken or skipped.
    /// - Returns: The others, sorted by path.
    func leftovers(_ accounted: Set<ExactString>) -> [SourceFile] {
        var leftovers: Set<SourceFile> = []
        for root in sourceRoots where !takenWhole.contains(root.directory) {
            guard case .listed(let entries, _) = inventory.directories[root.directory] ?? .absent else { continue }
            for entry in entries where entry.kind == .file {
                let file = root.source(entry)
                if !accounted.contains(file.path) { leftovers.insert(file) }
            }
        }
        return leftovers.sorted { $0.path < $1.path }
    }

    /// The directories of which some rule takes every file: nothing is left over there.
    private var takenWhole: Set<InventoryRequest.Directory> {
        let whole = sourceRoots.filter { $0.include.isEmpty && $0.exclude.isEmpty }
        return Set(whole.map(\.directory))
    }

    private var sourceRoots: [BoundSelection] {
        rules.filter { $0.bound.conditionNotMet == nil }.compactMap(\.bound.publishedSelection)
    }
}

extension BoundPlan {
    /// The directories whose files the plan publishes: an output directory must not lie in one of them.
    public var publishedDirectories: [String] {
        rules.filter { $0.conditionNotMet == nil }.compactMap { $0.publishedSelection?.directory.path.text }
    }
}

extension BoundRule {
    /// The selection that claims to publish a directory.
    fileprivate var publishedSelection: BoundSelection? {
        switch source {
        case .directory(let selection): selection
        case .archive(_, _, let members): members.include.isEmpty ? members : nil
        case .file, .index: nil
        }
    }
}
