import Crypto
import HTTPConnections
import NIOCore
import RunOutputs
import UploadExecution

extension S3Client {
    /// Reads the tags of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: Its tags; none if it has none.
    /// - Throws: What ``send(_:)`` throws: `foreign` or `notImplemented` where a store knows no tags.
    func tags(of location: OutputLocation) async throws -> [String: String] {
        var request = S3Request(
            method: "GET", bucket: location.bucket, key: location.key, query: [("tagging", "")],
            expectedDocument: "Tagging")
        // A store that knows no tags may answer with the object itself.
        if !configuration.isAWS { request.headers.append(("range", "bytes=0-65535")) }
        request.maximumAttempts = Self.attemptsAtDocuments
        let set = try await send(request).document?["TagSet"]?.all("Tag") ?? []
        return Dictionary(set.map { ($0["Key"]?.text ?? "", $0["Value"]?.text ?? "") }) { first, _ in first }
    }

    /// Gives an object other tags than it has.
    ///
    /// A store that knows no tags takes this for an upload, and the object for its document: call it only where
    /// ``tags(of:)`` was answered.
    ///
    /// - Parameters:
    ///   - tags: All tags that it is to have.
    ///   - location: The object.
    /// - Throws: What ``send(_:)`` throws.
    func setTags(_ tags: [String: String], of location: OutputLocation) async throws {
        let elements = tags.sorted { $0.key < $1.key }.map { name, value in
            XMLElement("Tag", [XMLElement("Key", name), XMLElement("Value", value)])
        }
        try await put(
            "Tagging", XMLElement("TagSet", elements).xml, to: "tagging", bucket: location.bucket, key: location.key)
    }

    /// Reads a bucket's lifecycle configuration.
    ///
    /// - Parameter bucket: The bucket.
    /// - Returns: The document, and the header that belongs to it; `nil` if the bucket has none.
    /// - Throws: What ``send(_:)`` throws.
    func lifecycle(of bucket: String) async throws -> (document: XMLElement, minimumSize: String?)? {
        var request = S3Request(
            method: "GET", bucket: bucket, query: [("lifecycle", "")], expectedDocument: "LifecycleConfiguration")
        request.maximumAttempts = Self.attemptsAtDocuments
        do {
            let answer = try await send(request)
            return answer.document.map { ($0, answer[Self.minimumSizeHeader]) }
        } catch let failure as S3Failure where failure.kind == .notFound {
            return nil
        }
    }

    /// Gives a bucket another lifecycle configuration than it has.
    ///
    /// - Parameters:
    ///   - rules: All rules, as XML spells them.
    ///   - minimumSize: The header that was read with the former one, and would be lost without being sent again.
    ///   - bucket: The bucket.
    /// - Throws: What ``send(_:)`` throws.
    func setLifecycle(_ rules: [String], minimumSize: String?, of bucket: String) async throws {
        try await put(
            "LifecycleConfiguration", rules.joined(), to: "lifecycle", bucket: bucket,
            headers: minimumSize.map { [(Self.minimumSizeHeader, $0)] } ?? [])
    }

    private func put(
        _ root: String, _ content: String, to name: String, bucket: String, key: ExactString = "",
        headers: [(name: String, value: String)] = []
    ) async throws {
        let text = #"<\#(root) xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\#(content)</\#(root)>"#
        let bytes = Array(text.utf8)
        let md5 = Insecure.MD5.hash(data: bytes).base64
        _ = try await send(
            S3Request(
                method: "PUT", bucket: bucket, key: key, query: [(name, "")],
                headers: headers + [("content-type", "application/xml"), ("content-md5", md5)],
                body: .bytes(ByteBuffer(bytes: bytes), sha256: String(hexadecimal: SHA256.hash(data: bytes)))))
    }

    /// A store that does not know a request may answer it with 500 for ever.
    private static let attemptsAtDocuments = 5
    /// Which objects transitions pass over, by size: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html>.
    private static let minimumSizeHeader = "x-amz-transition-default-minimum-object-size"
}
