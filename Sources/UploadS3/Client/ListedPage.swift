import FoundationEssentials
import RunOutputs
import UploadPlanning

struct ListedPage: Hashable, Sendable {
    /// The objects in the order of their keys.
    var objects: [ListedObject]
    /// What the gathered keys start with, the delimiter at the end.
    var prefixes: [ExactString]
    /// Where the next page starts; `nil` on the last.
    var next: String?

    /// Reads an answer.
    ///
    /// - Parameters:
    ///   - document: The answer.
    ///   - prefix: What was asked for.
    /// - Throws: ``S3Failure`` for what no listing holds: a key outside the prefix or with `..` in its path, an object
    ///   without a size or of a negative one.
    init(_ document: XMLElement, below prefix: String) throws(S3Failure) {
        let isEncoded = document["EncodingType"]?.text == "url"
        func key(_ element: XMLElement, _ name: String) throws(S3Failure) -> ExactString {
            let text = element[name]?.text ?? ""
            guard let key = isEncoded ? text.percentDecodedKey : text else {
                throw S3Failure(listing: "the key \u{201C}\(text.printable)\u{201D} is not percent-encoded")
            }
            let shown = "\u{201C}\(key.printable)\u{201D}"
            guard key.utf8.starts(with: prefix.utf8), !key.isEmpty else {
                throw S3Failure(
                    listing:
                        "the key \(shown) does not begin with \u{201C}\(prefix.printable)\u{201D}, as was asked for")
            }
            guard !key.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) else {
                throw S3Failure(listing: "the key \(shown) leads upwards")
            }
            return ExactString(key)
        }
        objects = try document.all("Contents").map { object throws(S3Failure) in
            let key = try key(object, "Key")
            let size = object["Size"]?.text ?? ""
            guard let size = Int64(size), size >= 0 else {
                throw S3Failure(
                    listing: "\u{201C}\(key.text.printable)\u{201D} has the size \u{201C}\(size.printable)\u{201D}")
            }
            return ListedObject(
                key: key, size: size, etag: (object["ETag"]?.text ?? "").withoutQuotes,
                modified: object["LastModified"].flatMap { Date(iso8601: $0.text) })
        }
        prefixes = try document.all("CommonPrefixes").map { (found) throws(S3Failure) in try key(found, "Prefix") }
        next = document["IsTruncated"]?.text == "true" ? document["NextContinuationToken"]?.text : nil
    }
}

extension S3Failure {
    fileprivate init(listing problem: String) {
        self.init(
            kind: .other, message: "the store's listing cannot be right: \(problem)",
            hint: "check --endpoint-url; the store, or a cache in front of it, may be faulty")
    }
}

struct ListedObject: Hashable, Sendable {
    var key: ExactString
    /// The size in bytes.
    var size: Int64
    /// The entity tag, without quotes.
    var etag: String
    /// When it was written.
    var modified: Date?
}
