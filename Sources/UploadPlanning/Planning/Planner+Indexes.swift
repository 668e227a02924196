import RunOutputs

extension Planner {
    /// A page, and what it lists by rule and place in the rule.
    typealias Page = IndexPage<(rule: Int, operation: Int)>

    /// Plans the index pages of each rule: what other rules upload is known by now.
    ///
    /// - Parameter keys: The keys that no page may have.
    /// - Returns: The pages, by rule.
    mutating func pages(without keys: Set<ExactString> = []) -> [[Page]] {
        rules.indices.map { rule in
            let pages = pages(of: rule)
            let allowed = pages.filter { !keys.contains($0.location.key) }
            if allowed.isEmpty, !pages.isEmpty { drafts[rule].status = .failed }
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
            count += drafts[rule].operations.count + pages.count
        }
        for (rule, pages) in pages.enumerated() {
            guard case .index(let index) = rules[rule].bound.source else { continue }
            let listed = index.rules.map { $0 + firstRules[rules[rule].plan] }
            for page in pages {
                let recipe = IndexRecipe(
                    title: page.title, rules: listed, operations: page.entries.map { starts[$0.rule] + $0.operation },
                    parent: page.parent)
                drafts[rule].operations.append(
                    UploadOperation(
                        rule: rule, source: .index(recipe), destination: page.location,
                        contentType: rules[rule].bound.properties.contentType ?? "text/html"))
            }
        }
    }

    private mutating func pages(of rule: Int) -> [Page] {
        let (plan, bound) = rules[rule]
        guard case .index(let index) = bound.source, drafts[rule].status == .active else { return [] }
        let entries = index.rules.flatMap { name in
            let listed = firstRules[plan] + name
            return drafts[listed].operations.indices.map { (rule: listed, operation: $0) }
        }
        let pages = IndexPages(index: index, key: key).pages(at: bound.destination, of: entries)
        if pages.allSatisfy(\.entries.isEmpty), bound.rule.missing != nil {
            drafts[rule].selectNothing("the listed rules upload nothing", bound.rule.missing)
            return []
        }
        return pages
    }

    private func key(_ entry: (rule: Int, operation: Int)) -> ExactString {
        drafts[entry.rule].operations[entry.operation].destination.key
    }
}
