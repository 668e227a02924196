import RunOutputs
import Synchronization
import UploadExecution

/// What a listing told of the objects that are where a run will upload.
///
/// A run that must not overwrite asks the store about each destination before it writes. A listing answers a thousand of
/// these questions at once, so that a run with nothing to do is over soon. What it does not answer is asked one by one.
final class DestinationListing: Sendable {
    /// What is known of a location.
    enum Answer: Hashable, Sendable {
        case unknown
        /// Nothing stood there when it was listed.
        case absent
        case object(ListedObject)
    }

    /// With fewer destinations, asking for each is as fast.
    private static let worthwhile = 64

    private let client: S3Client
    private let listings = Mutex<[String: GrowingListing]>([:])

    init(_ client: S3Client) { self.client = client }

    /// Begins to list what is around destinations, if there are many.
    ///
    /// - Parameter destinations: Locations that will be asked about, of one bucket.
    func prepare(for destinations: [OutputLocation]) {
        guard destinations.count >= Self.worthwhile, let first = destinations.first else { return }
        let prefix = destinations.dropFirst().reduce(first.key.text.utf8.parentDirectory) { prefix, location in
            prefix.commonDirectory(with: location.key.text.utf8)
        }
        let bucket = first.bucket
        // A bucket with much else below the prefix would take longer to list than to ask.
        let pages = 2 + destinations.count / 200
        let listing = GrowingListing()
        listings.withLock { $0[bucket] = listing }
        Task { [client] in await listing.fill(bucket, String(prefix) ?? "", pages: pages, client) }
    }

    /// Looks a location up, and waits for the listing to come so far.
    func answer(for location: OutputLocation) async -> Answer {
        guard let listing = listings.withLock({ $0[location.bucket] }) else { return .unknown }
        return await listing.answer(for: location.key)
    }
}

/// A listing that answers for the keys of its first pages while others are still on their way.
private final class GrowingListing: Sendable {
    /// How a listing can end.
    private enum End {
        case complete
        /// There is more than it is worth to list, or the store does not let us.
        case givenUp
    }

    private struct State {
        var objects: [ExactString: ListedObject] = [:]
        /// The last key that was listed: listings come in the order of keys.
        var last: ExactString?
        var end: End?
        var waiting: [CheckedContinuation<Void, Never>] = []

        /// What is known of a key, or `nil` where a page that is still to come will tell.
        func answer(_ key: ExactString) -> DestinationListing.Answer? {
            if let object = objects[key] { return .object(object) }
            if end == .complete { return .absent }
            if let last, key <= last { return .absent }
            return end == nil ? nil : .unknown
        }
    }

    private let state = Mutex(State())

    /// Waits until a key can be answered for.
    func answer(for key: ExactString) async -> DestinationListing.Answer {
        while true {
            if let answer = state.withLock({ $0.answer(key) }) { return answer }
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.answer(key) == nil else { return false }
                    state.waiting.append(continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// Lists so many pages.
    func fill(_ bucket: String, _ prefix: String, pages: Int, _ client: S3Client) async {
        var token: String?
        for _ in 0..<pages {
            guard let page = try? await client.list(bucket: bucket, prefix: prefix, after: token) else { break }
            token = page.next
            add(page.objects, end: token == nil ? .complete : nil)
            if token == nil { return }
        }
        add([], end: .givenUp)
    }

    private func add(_ objects: [ListedObject], end: End?) {
        let waiting = state.withLock { state in
            for object in objects { state.objects[object.key] = object }
            state.last = objects.last?.key ?? state.last
            state.end = end
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

extension Substring.UTF8View {
    /// The bytes up to the last slash that both texts have in common.
    fileprivate func commonDirectory(with other: String.UTF8View) -> Substring.UTF8View {
        let end =
            zip(indices, zip(self, other)).first { $0.1.0 != $0.1.1 }?.0
            ?? index(startIndex, offsetBy: Swift.min(count, other.count))
        return self[..<end].upToLastSlash
    }

    fileprivate var upToLastSlash: Substring.UTF8View {
        lastIndex(of: UInt8(ascii: "/")).map { self[...$0] } ?? self[..<startIndex]
    }
}

extension String.UTF8View {
    /// The bytes up to the last slash.
    fileprivate var parentDirectory: Substring.UTF8View { self[...].upToLastSlash }
}
