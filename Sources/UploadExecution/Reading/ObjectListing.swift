public import RunOutputs

/// How deep a listing goes.
public enum ListingDepth: Hashable, Sendable {
    /// All objects below the prefix.
    case everything
    /// The objects directly below the prefix, and the prefixes that lead deeper.
    case oneLevel
}

/// One line of a listing.
public enum ListingEntry: Hashable, Sendable {
    /// An object.
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
        /// The entries.
        public var entries: [ListingEntry]
        /// What to ask for the next page with; `nil` on the last one.
        public var next: String?

        /// Makes a page.
        public init(entries: [ListingEntry], next: String? = nil) {
            self.entries = entries
            self.next = next
        }
    }

    private let page: @Sendable (String?) async throws -> Page

    /// Makes a listing.
    ///
    /// - Parameter page: Fetches a page: the first for `nil`, another one for its predecessor's ``Page/next``.
    public init(page: @escaping @Sendable (String?) async throws -> Page) { self.page = page }

    /// Reads one page after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let page: @Sendable (String?) async throws -> Page
        fileprivate var entries: ArraySlice<ListingEntry> = []
        fileprivate var next: String?
        fileprivate var hasEnded = false

        /// The next entry.
        ///
        /// - Returns: The entry, or `nil` after the last one.
        /// - Throws: ``UploadError``, or `CancellationError` when the task was cancelled.
        public mutating func next() async throws -> ListingEntry? {
            // A page may be empty without being the last.
            while entries.isEmpty {
                guard !hasEnded else { return nil }
                try Task.checkCancellation()
                let page = try await page(next)
                if let following = page.next, following == next {
                    throw UploadError(.other, "the store's listing repeats a page instead of going on")
                }
                entries = page.entries[...]
                next = page.next
                hasEnded = next == nil
            }
            return entries.popFirst()
        }
    }

    /// Starts at the first page.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(page: page) }
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
