import RunOutputs
import UploadExecution
import UploadPlanning

/// The headers that give an object its properties.
struct ObjectHeaders: Sendable {
    /// Names in lower case, and values.
    var values: [(name: String, value: String)]

    /// Spells the properties of an upload.
    ///
    /// - Parameters:
    ///   - request: The upload.
    ///   - content: Its bytes.
    /// - Throws: ``StoreError`` for a value that a header cannot carry, or a file that cannot be read.
    init(_ request: UploadRequest, of content: UploadContent) throws(StoreError) {
        let properties = request.properties
        values = [("content-type", try request.contentType(of: content))]
        if let value = properties.contentEncoding { values.append(("content-encoding", value)) }
        if let value = properties.contentDisposition { values.append(("content-disposition", value)) }
        if let value = properties.cacheControl { values.append(("cache-control", value)) }
        if let value = properties.storageClass { values.append(("x-amz-storage-class", value)) }
        for (name, value) in properties.metadata.sorted(by: { $0.key < $1.key }) {
            values.append(("x-amz-meta-\(name.lowercased())", value))
        }
        if !properties.tags.isEmpty {
            let tags = SignableRequest.canonicalQuery(properties.tags.map { (name: $0.key, value: $0.value) })
            values.append(("x-amz-tagging", tags))
        }
        for (name, value) in values {
            let isLegal = value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            guard isLegal, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
                throw StoreError(
                    .other, "the value of \(name) holds a character that a header cannot carry",
                    hint: "use printable ASCII in object properties")
            }
        }
    }

    /// Adds the content's SHA-256 to the metadata: the name is ours, and plans may not give it another value.
    mutating func addDigest(_ sha256: String) {
        let name = "x-amz-meta-\(ObjectProperties.digestName)"
        values.removeAll { $0.name == name }
        values.append((name, sha256))
    }

    /// Whether an object has these properties, and no tags and no storage class.
    func agree(with head: ObjectHead) -> Bool {
        !head.hasTagsOrClass && values.allSatisfy { name, value in head.properties[name] == value }
            && head.properties.keys.allSatisfy { name in values.contains { $0.name == name } }
    }
}
