import RunOutputs

extension Planner {
    /// A page, and what it lists by rule and place in the rule.
    struct Page {
        var location: OutputLocation
        var title: String
        var parent: String?
        var entries: [(rule: Int, operation: Int)]
    }

    /// Plans the index pages of each rule: what other rules upload is known by now.
    ///
    /// - Parameter keys: The keys that no page may have.
    /// - Returns: The pages, by rule.
    mutating func pages(without keys: Set<ExactString> = []) -> [[Page]] {
        rules.indices.map { rule in
            let pages = pages(of: rule)
            let allowed = pages.filter { !keys.contains($0.location.key) }
            if allowed.isEmpty, !pages.isEmpty { outcomes[rule].status = .failed }
            return allowed
        }
    }

    /// Adds the pages to the operations.
    mutating func add(_ pages: [[Page]]) {
        // A recipe names operations by their place among all of them, which the number of pages shifts.
        var starts: [Int] = []
        var count = 0
        for (rule, pages) in pages.enumerated() {
            starts.append(count)
            count += outcomes[rule].operations.count + pages.count
        }
        for (rule, pages) in pages.enumerated() {
            guard case .index(let index) = rules[rule].bound.source else { continue }
            let listed = index.rules.map { $0 + firstRules[rules[rule].plan] }
            for page in pages {
                let recipe = IndexRecipe(
                    title: page.title, rules: listed, operations: page.entries.map { starts[$0.rule] + $0.operation },
                    parent: page.parent)
                outcomes[rule].operations.append(
                    UploadOperation(
                        rule: rule, source: .index(recipe), destination: page.location,
                        contentType: rules[rule].bound.properties.contentType ?? "text/html"))
            }
        }
    }

    private mutating func pages(of rule: Int) -> [Page] {
        let (plan, bound) = rules[rule]
        guard case .index(let index) = bound.source, outcomes[rule].status == .active else { return [] }
        let entries = index.rules.flatMap { name in
            let listed = firstRules[plan] + name
            return outcomes[listed].operations.indices.map { (rule: listed, operation: $0) }
        }
        let pages =
            index.eachDirectory
            ? directoryPages(index, below: bound.destination, entries: entries)
            : [page(index, at: bound.destination, entries: entries)]
        if pages.allSatisfy(\.entries.isEmpty), bound.rule.missing != nil {
            let planner = RulePlanner(bound: bound, rule: rule, inventory: inventory)
            planner.nothingSelected("the listed rules upload nothing", &outcomes[rule])
            return []
        }
        return pages
    }

    private func page(_ index: BoundIndex, at location: OutputLocation, entries: [(rule: Int, operation: Int)]) -> Page
    {
        let directory = location.key.text.directoryPath
        let listed = entries.filter { entry in
            let path = outcomes[entry.rule].operations[entry.operation].destination.key.text.relativePath(
                from: directory)
            let matches = { (pattern: BoundSelection.Pattern) in pattern.glob.matches(ExactString(path)) }
            return (index.include.isEmpty || index.include.contains(where: matches))
                && !index.exclude.contains(where: matches)
        }
        return Page(
            location: location, title: index.title ?? directory.lastPathComponent,
            parent: index.parent.map { $0.key.text.relativePath(from: directory).percentEncodedPath },
            entries: listed.sorted { key($0) < key($1) })
    }

    /// One page in each directory below the destination that directly holds a listed object.
    ///
    /// Without `include` a page lists its own directory. With it, patterns are relative to the page as always, and
    /// `../*` lists what stands above.
    private func directoryPages(
        _ index: BoundIndex, below root: OutputLocation, entries: [(rule: Int, operation: Int)]
    ) -> [Page] {
        let groups = Dictionary(grouping: entries) { ExactString(key($0).text.directoryPath) }
        return groups.keys.filter { $0 != root.key }.sorted().compactMap { directory in
            let location = OutputLocation(bucket: root.bucket, key: ExactString("\(directory)/index.html"))
            let listed = index.include.isEmpty ? groups[directory] ?? [] : entries
            let page = page(index, at: location, entries: listed)
            return page.entries.isEmpty ? nil : page
        }
    }

    private func key(_ entry: (rule: Int, operation: Int)) -> ExactString {
        outcomes[entry.rule].operations[entry.operation].destination.key
    }
}
