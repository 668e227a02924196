import FoundationEssentials
public import RunOutputs
public import UploadExecution

extension S3Backend: ArtifactBackend {
    /// Lists the objects below a prefix, a thousand to a request.
    ///
    /// Anonymous requests are made where there are no credentials: what is public can be read all the same.
    ///
    /// - Parameters:
    ///   - prefix: The prefix without a trailing slash; an empty key for the whole bucket.
    ///   - depth: How deep to look.
    /// - Returns: The listing.
    public func list(_ prefix: OutputLocation, _ depth: ListingDepth) -> ObjectListing {
        let start = prefix.key.text.isEmpty ? "" : prefix.key.text + "/"
        return ObjectListing(below: prefix, depth) { token in
            do {
                let page = try await self.client.list(
                    bucket: prefix.bucket, prefix: start, delimiter: depth == .oneLevel ? "/" : nil, after: token)
                return ObjectListing.Page(entries: page.entries(in: prefix.bucket, below: start), next: page.next)
            } catch let failure as S3Failure {
                throw failure.readError(at: OutputLocation(bucket: prefix.bucket, key: ""))
            }
        }
    }

    /// Asks the store for size, entity tag and checksums of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: What the store says of it, or `nil` if it says that there is nothing.
    /// - Throws: ``StoreError``, also where the store hides from these credentials whether there is something;
    ///   `CancellationError`.
    public func head(_ location: OutputLocation) async throws -> StoredObject? {
        do {
            return try await client.head(location).map { StoredObject(location, $0) }
        } catch let failure as S3Failure {
            throw failure.readError(at: location)
        }
    }
}

extension ListedPage {
    /// The entries in the order of their keys, without the empty objects that stand for directories.
    fileprivate func entries(in bucket: String, below start: String) -> [ListingEntry] {
        var entries: [(key: ExactString, entry: ListingEntry)] = []
        for object in objects where object.key.text.utf8.last != UInt8(ascii: "/") {
            let location = OutputLocation(bucket: bucket, key: object.key)
            entries.append((object.key, .object(StoredObject(location, object))))
        }
        guard !prefixes.isEmpty else { return entries.map(\.entry) }
        for prefix in prefixes {
            let key = ExactString(String(decoding: prefix.text.utf8.dropLast(), as: UTF8.self))
            entries.append((prefix, .prefix(OutputLocation(bucket: bucket, key: key))))
        }
        return entries.sorted { $0.key < $1.key }.map(\.entry)
    }
}

extension StoredObject {
    fileprivate init(_ location: OutputLocation, _ object: ListedObject) {
        self.init(
            location: location, size: object.size, etag: object.etag,
            modified: object.modified.map(\.nanosecondsSince1970))
    }

    init(_ location: OutputLocation, _ head: ObjectHead) {
        self.init(
            location: location, size: head.size, etag: head.etag, modified: head.modified.map(\.nanosecondsSince1970),
            sha256: head.sha256, crc32: head.isCRC32Verified || head.isTagOpaque ? head.crc32 : nil)
    }
}

extension Date {
    /// The moment in nanoseconds since 1970, to the second as stores tell it.
    fileprivate var nanosecondsSince1970: Int64 { Int64(timeIntervalSince1970.rounded(.down)) * 1_000_000_000 }
}
