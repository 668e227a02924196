public import RunOutputs

/// A page, and what it lists.
struct IndexPage<Entry> {
    var location: OutputLocation
    var title: String
    var parent: String?
    /// In the order of the page.
    var entries: [Entry]
}

/// Decides which pages a rule makes of objects, and what each lists.
struct IndexPages<Entry> {
    let index: BoundIndex
    /// The key of an object.
    let key: (Entry) -> ExactString

    /// The pages of the rule.
    ///
    /// - Parameters:
    ///   - destination: The page, or the directory of all pages.
    ///   - entries: What may be listed.
    /// - Returns: The pages, in the order of their keys.
    func pages(at destination: OutputLocation, of entries: some Sequence<Entry>) -> [IndexPage<Entry>] {
        index.eachDirectory ? directoryPages(below: destination, Array(entries)) : [page(at: destination, entries)]
    }

    private func page(at location: OutputLocation, _ entries: some Sequence<Entry>) -> IndexPage<Entry> {
        let directory = location.key.text.directoryPath
        var listed: [Entry] = []
        // Most pages list one rule's objects, which are in order: a million keys need not be made again to sort them.
        var last: ExactString?
        var isSorted = true
        for entry in entries {
            let key = key(entry)
            guard index.lists(key, in: directory) else { continue }
            if let last, key < last { isSorted = false }
            last = key
            listed.append(entry)
        }
        return IndexPage(
            location: location, title: index.title ?? directory.lastPathComponent,
            parent: index.parent.map { $0.key.text.relativePath(from: directory).percentEncodedPath },
            entries: isSorted ? listed : listed.sorted { key($0) < key($1) })
    }

    /// One page in each directory below the destination that directly holds a listed object.
    ///
    /// Without `include` a page lists its own directory. With it, patterns are relative to the page as always, and
    /// `../*` lists what is above.
    private func directoryPages(below root: OutputLocation, _ entries: [Entry]) -> [IndexPage<Entry>] {
        let groups = Dictionary(grouping: entries) { ExactString(key($0).text.directoryPath) }
        return groups.keys.filter { $0 != root.key }.sorted().compactMap { directory in
            let location = OutputLocation(bucket: root.bucket, key: ExactString("\(directory)/index.html"))
            let page = page(at: location, index.include.isEmpty ? groups[directory] ?? [] : entries)
            return page.entries.isEmpty ? nil : page
        }
    }
}

extension BoundIndex {
    /// Whether the patterns let a page list an object; they are relative to the page's directory.
    fileprivate func lists(_ key: ExactString, in directory: String) -> Bool {
        guard key.text.isBelow(directory) else {
            return takes(key.text.relativePath(from: directory).utf8Span.span)
        }
        return takes(key.text.utf8Span.span.extracting(droppingFirst: directory.utf8.count + 1))
    }

    private func takes(_ path: Span<UInt8>) -> Bool {
        for pattern in exclude where pattern.glob.matches(path) { return false }
        for pattern in include where pattern.glob.matches(path) { return true }
        return include.isEmpty
    }
}

/// A page over a whole run.
public struct RunPage: Sendable {
    /// Where it goes.
    public var location: OutputLocation
    /// Its title and its parent.
    public var recipe: IndexRecipe
    /// What it lists: places among the objects that were given, in the order of the page.
    public var entries: [Int]
    /// The media type.
    public var contentType: String
    /// Further properties.
    public var properties: ObjectProperties
}

extension BoundPlan {
    /// The rules whose pages list the whole run, if their conditions hold.
    private var runPageRules: [(rule: BoundRule, index: BoundIndex, under: OutputLocation)] {
        rules.compactMap { rule in
            guard rule.conditionNotMet == nil, case .index(let index) = rule.source, let under = index.under else {
                return nil
            }
            return (rule, index, under)
        }
    }

    /// The directories that pages list.
    public var listedDirectories: [OutputLocation] { runPageRules.map(\.under) }

    /// Whether a key is that of a page which lists the whole run.
    ///
    /// - Parameter key: A key.
    /// - Returns: Whether some rule writes its page there.
    public func writesRunPage(at key: ExactString) -> Bool {
        runPageRules.contains { rule, index, _ in
            guard index.eachDirectory else { return rule.destination.key == key }
            return key.text.isBelow(rule.destination.key.text)
                && key.text.hasSuffix("/index.html")
        }
    }

    /// Decides which pages over the whole run there are, and what each lists.
    ///
    /// - Parameter objects: The objects of the run.
    /// - Returns: The pages, in the order of the rules.
    public func runPages(listing objects: [OutputLocation]) -> [RunPage] {
        runPageRules.flatMap { rule, index, under in
            let below = objects.indices.filter { objects[$0].key.text.isBelow(under.key.text) }
            let pages = IndexPages<Int>(index: index) { objects[$0].key }.pages(at: rule.destination, of: below)
            return pages.map { page in
                RunPage(
                    location: page.location,
                    recipe: IndexRecipe(title: page.title, rules: [], operations: [], parent: page.parent),
                    entries: page.entries, contentType: rule.properties.contentType ?? "text/html",
                    properties: rule.properties)
            }
        }
    }
}

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
        let listed = index.rules.map { firstRules[plan] + $0 }.map { ($0, drafts[$0].operations.indices) }
        let entries = listed.lazy.flatMap { rule, operations in
            operations.lazy.map { (rule: rule, operation: $0) }
        }
        let pages = IndexPages(index: index, key: key).pages(at: bound.destination, of: entries)
        if pages.allSatisfy(\.entries.isEmpty), bound.rule.missing != nil {
            drafts[rule].selectNothing("the listed rules upload nothing", bound.rule.missing)
            return []
        }
        return pages
    }

    private func key(_ entry: (rule: Int, operation: Int)) -> ExactString {
        drafts[entry.rule].operations.destination(at: entry.operation).key
    }
}
