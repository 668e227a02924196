import Crypto
import FoundationEssentials
import HTTPConnections
import NIOCore
import RunOutputs
import UploadExecution

/// A multipart upload that is not complete.
struct MultipartUpload: Hashable, Sendable {
    /// The object it will be.
    var location: OutputLocation
    /// The store's identifier of the upload.
    var id: String
    /// When this run began it, by the store's clock.
    var begun: Date?
}

/// One part that a store holds.
struct UploadedPart: Hashable, Sendable {
    /// The number, from 1.
    var number: Int
    /// The entity tag as the store gave it.
    var etag: String
    /// The size in bytes.
    var size: Int64
    /// The CRC-32 in base 64, if the store keeps one.
    var crc32: String?
    /// Whether the entity tag looks like the MD5 of something else.
    var isDoubtful = false
}

extension S3Client {
    func createMultipartUpload(
        _ location: OutputLocation, headers: [(name: String, value: String)]
    ) async throws -> MultipartUpload {
        let answer = try await send(
            S3Request(
                method: "POST", bucket: location.bucket, key: location.key, query: [("uploads", "")],
                headers: headers, expectedDocument: "InitiateMultipartUploadResult"))
        guard let id = answer.document?["UploadId"]?.text, !id.isEmpty else {
            throw S3Failure(kind: .other, status: answer.http.status, message: "the store gave no upload identifier")
        }
        return MultipartUpload(location: location, id: id, begun: answer["date"].flatMap { Date(httpDate: $0) })
    }

    /// Sends one part.
    ///
    /// - Returns: The answer, which has the part's entity tag.
    func uploadPart(
        _ number: Int, of upload: MultipartUpload, headers: [(name: String, value: String)], body: RequestBody
    ) async throws -> S3Response {
        var request = S3Request(method: "PUT", upload, headers: headers, body: body)
        request.query.append(("partNumber", "\(number)"))
        request.proof = .tag
        return try await send(request)
    }

    /// Lets the store make one part of another object's bytes.
    ///
    /// - Returns: The part.
    func copyPart(
        _ number: Int, of upload: MultipartUpload, headers: [(name: String, value: String)], range: Range<Int64>
    ) async throws -> UploadedPart {
        var request = S3Request(method: "PUT", upload, headers: headers)
        request.query.append(("partNumber", "\(number)"))
        let answer = try await send(request)
        guard let etag = answer.document?["ETag"]?.text, !etag.isEmpty else {
            // A store that does not look at the source has stored an empty part.
            throw S3Failure(
                kind: answer.http.body.isEmpty ? .notImplemented : .transient, status: answer.http.status,
                message: "the store did not copy part \(number)")
        }
        return UploadedPart(
            number: number, etag: etag, size: Int64(range.count), crc32: answer.document?["ChecksumCRC32"]?.text)
    }

    /// Makes the object of the parts.
    func complete(
        _ upload: MultipartUpload, parts: [UploadedPart], headers: [(name: String, value: String)]
    ) async throws -> S3Response {
        var text = #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#
        for part in parts.sorted(by: { $0.number < $1.number }) {
            let checksum = part.crc32.map { "<ChecksumCRC32>\($0)</ChecksumCRC32>" } ?? ""
            text +=
                "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(part.etag.escapedForXML)</ETag>\(checksum)</Part>"
        }
        text += "</CompleteMultipartUpload>"
        let hash = String(hexadecimal: SHA256.hash(data: Array(text.utf8)))
        var request = S3Request(
            method: "POST", upload, headers: [("content-type", "application/xml")] + headers,
            body: .bytes(ByteBuffer(string: text), sha256: hash))
        request.expectedDocument = "CompleteMultipartUploadResult"
        request.storesObject = true
        request.isRepeatedAfterConflict = false
        let answer = try await send(request)
        guard answer.document?["ETag"]?.text.isEmpty == false else {
            throw S3Failure(foreign: answer.http, without: "ETag")
        }
        return answer
    }

    /// Gives an upload up, so that its parts are not kept and paid for.
    func abort(_ upload: MultipartUpload) async throws {
        var request = S3Request(method: "DELETE", upload)
        request.maximumAttempts = 3
        do {
            _ = try await send(request)
        } catch let failure as S3Failure where failure.kind == .noSuchUpload || failure.kind == .notFound {
            // Gone already, which is what was asked for.
        }
    }

    /// The parts that a store holds of an upload.
    func parts(of upload: MultipartUpload) async throws -> [UploadedPart] {
        var parts: [UploadedPart] = []
        var marker: String?
        repeat {
            var request = S3Request(method: "GET", upload)
            if let marker { request.query.append(("part-number-marker", marker)) }
            request.expectedDocument = "ListPartsResult"
            let page = try await send(request).document
            for part in page?.all("Part") ?? [] {
                guard let number = part["PartNumber"].flatMap({ Int($0.text) }), let etag = part["ETag"]?.text,
                    let size = part["Size"].flatMap({ Int64($0.text) })
                else { continue }
                parts.append(UploadedPart(number: number, etag: etag, size: size, crc32: part["ChecksumCRC32"]?.text))
            }
            let next = page?["IsTruncated"]?.text == "true" ? page?["NextPartNumberMarker"]?.text : nil
            marker = next == marker ? nil : next
        } while marker != nil
        return parts
    }

    /// The incomplete uploads of exactly one key, the latest first.
    func incompleteUploads(of location: OutputLocation) async throws -> [MultipartUpload] {
        let request = S3Request(
            method: "GET", bucket: location.bucket, query: [("uploads", ""), ("prefix", location.key.text)],
            expectedDocument: "ListMultipartUploadsResult")
        // One page, 1,000 uploads of keys that start with this one, is enough for leftovers.
        let page: XMLElement?
        do {
            page = try await send(request).document
        } catch let failure as S3Failure where failure.kind == .noSuchUpload {
            return []  // what some stores answer where there are none
        }
        return (page?.all("Upload") ?? [])
            .filter { ExactString($0["Key"]?.text ?? "") == location.key }
            .sorted { ($0["Initiated"]?.text ?? "") > ($1["Initiated"]?.text ?? "") }
            .compactMap { $0["UploadId"].map { MultipartUpload(location: location, id: $0.text) } }
    }
}

extension S3Request {
    fileprivate init(
        method: String, _ upload: MultipartUpload, headers: [(name: String, value: String)] = [],
        body: RequestBody = .none
    ) {
        self.init(
            method: method, bucket: upload.location.bucket, key: upload.location.key,
            query: [("uploadId", upload.id)], headers: headers, body: body)
    }
}
