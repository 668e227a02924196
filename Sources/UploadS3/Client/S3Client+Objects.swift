import FoundationEssentials
import HTTPConnections
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
        request.proof = .header
        do {
            return ObjectHead(try await send(request).http.headers, isOfAWS: configuration.isAWS)
        } catch let failure as S3Failure where failure.kind == .notFound {
            return nil
        }
    }

    /// Reads an object, or a part of it.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - range: The bytes, or `nil` for all of them.
    ///   - etag: The entity tag that the object must have.
    ///   - sink: Where the bytes go; without one, they are the body of the answer.
    /// - Returns: The answer.
    /// - Throws: What ``send(_:)`` throws: `preconditionFailed` also if the object has another tag and the store did not
    ///   look at the condition.
    func get(
        _ location: OutputLocation, range: Range<Int64>?, etag: String, sink: (any BodySink)? = nil
    ) async throws -> S3Response {
        var request = S3Request(method: "GET", bucket: location.bucket, key: location.key)
        if let range { request.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if !etag.isEmpty { request.headers.append(("if-match", "\"\(etag)\"")) }
        request.sink = sink
        request.proof = .header
        let answer = try await send(request)
        if let found = answer["etag"]?.withoutQuotes, found != etag {
            throw S3Failure(kind: .preconditionFailed, status: answer.http.status, message: "the object has changed")
        }
        // Some stores send a range with a status of 200: the header says what was sent.
        guard let range, sink == nil, answer.http.status != 206, answer.http.body.count != range.count,
            answer["content-range"]?.hasPrefix("bytes \(range.lowerBound)-") != true
        else { return answer }
        throw S3Failure.rangesIgnored(status: answer.http.status)
    }

    /// Reads the first bytes of an object in one request.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - byteCount: How many bytes are asked for; a store that knows no ranges may send more.
    /// - Returns: The bytes; none of an empty object.
    /// - Throws: ``S3Failure``, or `CancellationError`.
    func start(of location: OutputLocation, byteCount: Int64) async throws -> [UInt8] {
        var request = S3Request(method: "GET", bucket: location.bucket, key: location.key)
        request.headers.append(("range", "bytes=0-\(byteCount - 1)"))
        request.proof = .header
        do {
            return try await send(request).http.body
        } catch let failure as S3Failure where failure.status == 416 {
            // Of nothing there is no first byte.
            return []
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
    ) async throws -> S3Response {
        try await send(
            S3Request(
                method: "PUT", bucket: location.bucket, key: location.key, headers: headers, body: body, proof: .tag,
                storesObject: true))
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
    ///   - delimiter: Keys that hold it behind the prefix are gathered into one prefix each; `nil` for none.
    ///   - limit: How many keys there are on the page at most.
    ///   - token: Where the page before ended.
    /// - Returns: The page.
    /// - Throws: What ``send(_:)`` throws.
    func list(
        bucket: String, prefix: String, delimiter: String? = nil, limit: Int = 1000, after token: String? = nil
    ) async throws -> ListedPage {
        // XML cannot carry every key, so they come percent-encoded.
        var query = [("list-type", "2"), ("max-keys", "\(limit)"), ("prefix", prefix), ("encoding-type", "url")]
        if let delimiter { query.append(("delimiter", delimiter)) }
        if let token { query.append(("continuation-token", token)) }
        let request = S3Request(
            method: "GET", bucket: bucket, query: query.map { (name: $0.0, value: $0.1) },
            expectedDocument: "ListBucketResult")
        guard let document = try await send(request).document else {
            throw S3Failure(kind: .other, message: "the store sent no listing")
        }
        let page = try ListedPage(document, below: prefix)
        if document["IsTruncated"]?.text == "true", page.next == nil {
            throw S3Failure(kind: .other, message: "the store's listing ends without saying how it goes on")
        }
        return page
    }
}
