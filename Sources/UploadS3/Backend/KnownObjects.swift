import RunOutputs
import Synchronization
import UploadExecution

/// What a listing told of the objects that stand where a run will upload.
///
/// A run that must not overwrite asks the store about each destination before it writes. A listing answers a thousand of
/// these questions at once, so that a run with nothing to do is over soon. What it does not answer is asked one by one.
final class KnownObjects: Sendable {
    /// What is known of a location.
    enum Answer: Hashable, Sendable {
        case unknown
        /// Nothing stood there when it was listed.
        case absent
        case object(ListedObject)
    }

    /// The objects of keys up to the last listed.
    private struct Listing: Sendable {
        var objects: [ExactString: ListedObject] = [:]
        /// The last key that was listed; `nil` where the listing came to its end.
        var last: ExactString?

        func answer(_ key: ExactString) -> Answer {
            if let object = objects[key] { return .object(object) }
            guard let last else { return .absent }
            return key <= last ? .absent : .unknown
        }
    }

    /// With fewer destinations, asking for each is as fast.
    private static let worthwhile = 64

    private let client: S3Client
    private let listings = Mutex<[String: Task<Listing?, Never>]>([:])

    /// Knows nothing yet.
    init(_ client: S3Client) { self.client = client }

    /// Begins to list what stands around destinations, if there are many.
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
        listings.withLock { listings in
            listings[bucket] = Task { [client] in
                await Self.list(bucket, String(prefix) ?? "", pages: pages, client)
            }
        }
    }

    /// Waits for the listing and looks a location up.
    func answer(for location: OutputLocation) async -> Answer {
        guard let task = listings.withLock({ $0[location.bucket] }) else { return .unknown }
        return await task.value?.answer(location.key) ?? .unknown
    }

    /// Lists so many pages; `nil` where the store does not let us.
    private static func list(_ bucket: String, _ prefix: String, pages: Int, _ client: S3Client) async -> Listing? {
        var listing = Listing()
        var token: String?
        for _ in 0..<pages {
            guard let page = try? await client.list(bucket: bucket, prefix: prefix, after: token) else { return nil }
            for object in page.objects { listing.objects[object.key] = object }
            listing.last = page.objects.last?.key ?? listing.last
            token = page.next
            guard token != nil else {
                listing.last = nil
                break
            }
        }
        return listing
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
