public import RunOutputs

/// One line of the report of a Batch Operations job:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html>.
public struct BatchReportLine: Hashable, Sendable {
    public var location: OutputLocation
    /// Whether the engine did what it was asked.
    public var isSuccess: Bool
    /// Why not: code, status and message, as far as there are any.
    public var problem: String

    /// Reads `Bucket,Key,VersionId,TaskStatus,ErrorCode,HTTPStatusCode,ResultMessage`, the key percent-encoded.
    ///
    /// - Parameter line: The line without its end.
    /// - Throws: ``InvalidInventory`` if it is none.
    public init(_ line: ArraySlice<UInt8>) throws(InvalidInventory) {
        let fields = try InventorySchema.fields(line)
        guard fields.count == 7 else {
            throw InvalidInventory(problem: "a line has \(fields.count) fields, and a report has 7")
        }
        guard let key = fields[1].percentDecodedKey, !key.isEmpty else {
            throw InvalidInventory(
                problem: "the key '\(fields[1].escapingControlCharacters)' is not percent-encoded")
        }
        location = OutputLocation(bucket: fields[0], key: ExactString(key))
        isSuccess = fields[3].lowercased() == "succeeded"
        problem = [fields[4], fields[5].isEmpty ? "" : "HTTP \(fields[5])", fields[6]].filter { !$0.isEmpty }
            .joined(separator: ", ")
    }
}

/// One line of a manifest, read back.
public enum BatchManifestLine {
    /// Reads `Bucket,Key` or `Bucket,Key,VersionId`, the key percent-encoded.
    ///
    /// - Parameter line: The line without its end.
    /// - Returns: The object.
    /// - Throws: ``InvalidInventory`` if it is none.
    public static func location(_ line: ArraySlice<UInt8>) throws(InvalidInventory) -> OutputLocation {
        let fields = try InventorySchema.fields(line)
        guard (2...3).contains(fields.count), let key = fields[1].percentDecodedKey, !key.isEmpty else {
            throw InvalidInventory(problem: "a line of a manifest is a bucket and a percent-encoded key")
        }
        return OutputLocation(bucket: fields[0], key: ExactString(key))
    }
}
