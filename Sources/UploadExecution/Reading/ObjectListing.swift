public import RunOutputs

/// How deep a listing goes.
public enum ListingDepth: Hashable, Sendable {
    /// All objects below the prefix.
    case everything
    /// The objects directly below the prefix, and the prefixes that lead deeper.
    case oneLevel
}

public enum ListingEntry: Hashable, Sendable {
    case object(StoredObject)
    /// With ``ListingDepth/oneLevel``: a prefix without a trailing slash, below which there are objects.
    case prefix(OutputLocation)
}

/// The objects below a prefix, fetched page by page while they are looked at.
///
/// Each loop starts again from the first page.
public struct ObjectListing: AsyncSequence, Sendable {
    /// Some entries, and where the next ones start.
    public struct Page: Sendable {
        public var entries: [ListingEntry]
        /// What to ask for the next page with; `nil` on the last one.
        public var next: String?

        public init(entries: [ListingEntry], next: String? = nil) {
            self.entries = entries
            self.next = next
        }
    }

    private let page: @Sendable (String?) async throws -> Page

    /// Makes a listing.
    ///
    /// - Parameters:
    ///   - prefix: What was asked for: an entry that is not below it is an error, as nothing may be made of it.
    ///   - depth: How deep to look: what is deeper is left out, since there are stores that know no delimiter.
    ///   - page: Fetches a page: the first for `nil`, another one for its predecessor's ``Page/next``.
    public init(
        below prefix: OutputLocation, _ depth: ListingDepth,
        page: @escaping @Sendable (String?) async throws -> Page
    ) {
        let start = prefix.key.text.isEmpty ? [] : Array("\(prefix.key.text)/".utf8)
        self.page = { token in
            var page = try await page(token)
            page.entries = try page.entries.filter { try $0.isWanted(below: start, depth) }
            return page
        }
    }

    /// Reads one page after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let page: @Sendable (String?) async throws -> Page
        fileprivate var entries: ArraySlice<ListingEntry> = []
        fileprivate var next: String?
        fileprivate var hasEnded = false
        /// The first entry of every page: a store that shows one again would go on for ever.
        fileprivate var beginnings: Set<ListingEntry> = []
        fileprivate var emptyPages = 0

        /// More empty pages in a row than any store sends.
        private static let mostEmptyPages = 100

        /// The next entry.
        ///
        /// - Returns: The entry, or `nil` after the last one.
        /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
        public mutating func next() async throws -> ListingEntry? {
            // A page may be empty without being the last.
            while entries.isEmpty {
                guard !hasEnded else { return nil }
                try Task.checkCancellation()
                let page = try await page(next)
                try check(page)
                entries = page.entries[...]
                next = page.next
                hasEnded = next == nil
            }
            return entries.popFirst()
        }

        /// Makes sure that the listing goes on.
        private mutating func check(_ page: Page) throws(StoreError) {
            emptyPages = page.entries.isEmpty ? emptyPages + 1 : 0
            let isNew = page.entries.first.map { beginnings.insert($0).inserted } ?? true
            guard page.next != nil else { return }
            guard isNew, page.next != next, emptyPages <= Self.mostEmptyPages else {
                throw StoreError(
                    .other, "the store's listing repeats a page instead of going on",
                    hint: "check --endpoint-url; the store, or a cache in front of it, may be faulty")
            }
        }
    }

    /// Starts at the first page.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(page: page) }
}

extension ListingEntry {
    private static let hint = "no store should: check the endpoint and any proxy in between"

    /// Makes sure that an entry is below what was asked for, and that its key leads nowhere else as a path.
    ///
    /// - Parameters:
    ///   - start: What its key must begin with, the slash included.
    ///   - depth: How deep to look.
    /// - Returns: Whether it is no deeper than that.
    /// - Throws: ``StoreError`` that names the key.
    fileprivate func isWanted(below start: [UInt8], _ depth: ListingDepth) throws(StoreError) -> Bool {
        let key =
            switch self {
            case .object(let object): object.location.key
            case .prefix(let location): location.key
            }
        let rest = key.text.utf8.dropFirst(start.count)
        let slash = UInt8(ascii: "/")
        guard key.text.utf8.starts(with: start), !rest.isEmpty,
            !rest.split(separator: slash).contains(where: { $0.elementsEqual("..".utf8) })
        else {
            let place = start.isEmpty ? "the bucket" : "'\(String(decoding: start, as: UTF8.self))'"
            throw StoreError(
                .other, "the store lists '\(key.text.escapingControlCharacters)' when asked for what is below \(place)",
                hint: Self.hint)
        }
        if case .object(let object) = self, object.size < 0 {
            throw StoreError(
                .other, "the store lists '\(key.text.escapingControlCharacters)' with \(object.size) bytes",
                hint: Self.hint)
        }
        return depth == .everything || !rest.contains(slash)
    }
}

extension ArtifactBackend {
    /// Collects the objects below a prefix.
    ///
    /// - Parameters:
    ///   - prefix: A directory of the layout, without a trailing slash.
    ///   - depth: How deep to look.
    /// - Returns: The objects in the order of the bytes of their keys; none if there are none.
    /// - Throws: What iterating over ``list(_:_:)`` throws.
    public func objects(below prefix: OutputLocation, _ depth: ListingDepth = .everything) async throws
        -> [StoredObject]
    {
        var objects: [StoredObject] = []
        for try await entry in list(prefix, depth) {
            if case .object(let object) = entry { objects.append(object) }
        }
        return objects
    }
}
