import NIOCore
import RunOutputs
import UploadExecution

extension S3Client {
    /// Asks what stands at a location.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - part: A part of an object that was uploaded in parts, to learn its size.
    /// - Returns: What the store says of it, or `nil` if there is nothing.
    /// - Throws: What ``send(_:)`` throws.
    func head(_ location: OutputLocation, part: Int? = nil) async throws -> ObjectHead? {
        var request = S3Request(method: "HEAD", bucket: location.bucket, key: location.key)
        if let part { request.query = [("partNumber", "\(part)")] }
        if configuration.effectiveChecksums == .crc32 { request.headers = [("x-amz-checksum-mode", "ENABLED")] }
        do {
            return ObjectHead(try await send(request).http.headers)
        } catch let failure as S3Failure where failure.kind == .notFound {
            return nil
        }
    }

    /// Stores an object in one request.
    ///
    /// - Parameters:
    ///   - location: Where.
    ///   - headers: The object's headers, checksums and conditions.
    ///   - body: The bytes.
    /// - Returns: The answer.
    /// - Throws: What ``send(_:)`` throws.
    func put(
        _ location: OutputLocation, headers: [(name: String, value: String)], body: RequestBody
    ) async throws -> S3Answer {
        try await send(
            S3Request(method: "PUT", bucket: location.bucket, key: location.key, headers: headers, body: body))
    }

    /// Removes an object.
    func delete(_ location: OutputLocation) async throws {
        _ = try await send(S3Request(method: "DELETE", bucket: location.bucket, key: location.key))
    }

    /// Lists one page of a bucket's objects.
    ///
    /// - Parameters:
    ///   - bucket: The bucket.
    ///   - prefix: What the keys start with.
    ///   - limit: How many keys there are on the page at most.
    ///   - token: Where the page before ended.
    /// - Returns: The objects in the order of their keys, and where the next page starts.
    /// - Throws: What ``send(_:)`` throws.
    func list(
        bucket: String, prefix: String, limit: Int = 1000, after token: String? = nil
    ) async throws -> (objects: [ListedObject], next: String?) {
        var query = [("list-type", "2"), ("max-keys", "\(limit)"), ("prefix", prefix)]
        if let token { query.append(("continuation-token", token)) }
        let request = S3Request(
            method: "GET", bucket: bucket, query: query.map { (name: $0.0, value: $0.1) }, expectsDocument: true)
        let page = try await send(request).document
        let objects = page?.all("Contents").map { object in
            ListedObject(
                key: ExactString(object["Key"]?.text ?? ""), size: object["Size"].flatMap { Int64($0.text) } ?? 0,
                etag: (object["ETag"]?.text ?? "").withoutQuotes)
        }
        let isLast = page?["IsTruncated"]?.text != "true"
        return (objects ?? [], isLast ? nil : page?["NextContinuationToken"]?.text)
    }
}

/// One object of a listing.
struct ListedObject: Hashable, Sendable {
    /// The key.
    var key: ExactString
    /// The size in bytes.
    var size: Int64
    /// The entity tag, without quotes.
    var etag: String
}
