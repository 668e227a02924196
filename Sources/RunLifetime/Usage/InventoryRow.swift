import RunOutputs

/// One line of an S3 Inventory in CSV:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>.
public struct InventoryRow: Hashable, Sendable {
    /// The key, decoded.
    public var key: String
    /// The size in bytes.
    public var size: Int64
    /// When it was written, in seconds since 1970; `nil` if the inventory does not say.
    public var modified: Int64?
    /// The entity tag without quotes; `nil` if the inventory does not say.
    public var etag: String?
    /// Whether it is the newest version.
    public var isLatest: Bool
    /// Whether it is not an object, but says that one was removed.
    public var isDeleteMarker: Bool
}

/// Which column of an inventory's lines holds what.
public struct InventorySchema: Hashable, Sendable {
    private let columns: [String]
    private let bucket: Int?
    private let key: Int
    private let size: Int
    private let modified: Int?
    private let etag: Int?
    private let isLatest: Int?
    private let isDeleteMarker: Int?

    /// Reads the `fileSchema` of a manifest: `Bucket, Key, Size, LastModifiedDate, ETag`.
    ///
    /// - Parameter text: The names of the columns.
    /// - Throws: ``InvalidInventory`` if it does not tell keys and sizes.
    public init(_ text: String) throws(InvalidInventory) {
        let columns = text.split(separator: ",").map { $0.filter { $0 != " " } }
        func index(of name: String) -> Int? { columns.firstIndex(of: name) }
        guard let key = index(of: "Key") else { throw InvalidInventory(problem: "its schema has no column Key") }
        guard let size = index(of: "Size") else {
            throw InvalidInventory(problem: "its schema has no column Size: add it to the inventory's optional fields")
        }
        self.columns = columns
        self.key = key
        self.size = size
        bucket = index(of: "Bucket")
        modified = index(of: "LastModifiedDate")
        etag = index(of: "ETag")
        isLatest = index(of: "IsLatest")
        isDeleteMarker = index(of: "IsDeleteMarker")
    }

    /// Reads one line.
    ///
    /// - Parameters:
    ///   - line: The line without its end.
    ///   - bucket: The bucket that it must be of.
    /// - Returns: The line's object.
    /// - Throws: ``InvalidInventory`` if it is not what the schema says.
    public func row(_ line: ArraySlice<UInt8>, of bucket: String) throws(InvalidInventory) -> InventoryRow {
        let fields = try Self.fields(line)
        guard fields.count == columns.count else {
            throw InvalidInventory(problem: "a line has \(fields.count) fields, and the schema \(columns.count)")
        }
        if let column = self.bucket, fields[column] != bucket {
            throw InvalidInventory(
                problem: "a line is about the bucket '\(fields[column].escapingControlCharacters)', not '\(bucket)'")
        }
        guard let key = fields[self.key].percentDecodedKey else {
            throw InvalidInventory(
                problem: "the key '\(fields[self.key].escapingControlCharacters)' is not percent-encoded")
        }
        let marker = isDeleteMarker.map { fields[$0] == "true" } ?? false
        let text = fields[size]
        guard let size = text.isEmpty && marker ? 0 : Int64(text), size >= 0 else {
            throw InvalidInventory(problem: "'\(key.escapingControlCharacters)' has the size '\(text)'")
        }
        var moment: Int64?
        if let modified, !fields[modified].isEmpty {
            // Fractions of seconds follow the seconds, if there are any.
            guard let time = try? UTCTimestamp(fields[modified].prefix(19) + "Z") else {
                throw InvalidInventory(
                    problem: "'\(fields[modified].escapingControlCharacters)' is not a moment in UTC")
            }
            moment = time.secondsSince1970
        }
        let tag = etag.map { fields[$0] } ?? ""
        return InventoryRow(
            key: key, size: size, modified: moment, etag: tag.isEmpty ? nil : tag,
            isLatest: isLatest.map { fields[$0] != "false" } ?? true, isDeleteMarker: marker)
    }

    /// The fields of a line: `"a","b ""c""",d`.
    static func fields(_ line: ArraySlice<UInt8>) throws(InvalidInventory) -> [String] {
        let (quote, comma) = (UInt8(ascii: "\""), UInt8(ascii: ","))
        var fields: [String] = []
        var rest = line
        while true {
            var field: [UInt8] = []
            if rest.first == quote {
                rest = rest.dropFirst()
                while true {
                    guard let end = rest.firstIndex(of: quote) else {
                        throw InvalidInventory(problem: "a line ends inside quotation marks")
                    }
                    field += rest[..<end]
                    rest = rest[(end + 1)...]
                    guard rest.first == quote else { break }
                    field.append(quote)
                    rest = rest.dropFirst()
                }
            } else {
                field = Array(rest.prefix { $0 != comma })
                rest = rest.dropFirst(field.count)
            }
            fields.append(String(decoding: field, as: UTF8.self))
            guard let next = rest.first else { return fields }
            guard next == comma else { throw InvalidInventory(problem: "a line has text behind a quoted field") }
            rest = rest.dropFirst()
        }
    }
}

/// Why an inventory cannot be read.
public struct InvalidInventory: Error, Equatable, Sendable, CustomStringConvertible {
    public var problem: String
    public var description: String { problem }

    public init(problem: String) { self.problem = problem }
}
