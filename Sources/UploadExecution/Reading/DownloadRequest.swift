public import RunOutputs

/// One object to write to a file.
public struct DownloadRequest: Hashable, Sendable {
    /// The object.
    public var location: OutputLocation
    /// The file; the directory that it is in exists.
    public var path: String
    /// The SHA-256 that the content must have, in lower-case hexadecimal, where somebody announced it.
    public var sha256: String?

    /// Makes a request.
    public init(location: OutputLocation, path: String, sha256: String? = nil) {
        self.location = location
        self.path = path
        self.sha256 = sha256
    }
}

/// What became of a download that succeeded.
public struct DownloadReceipt: Hashable, Sendable {
    /// What the content was compared with.
    public enum Evidence: String, Hashable, Sendable {
        /// The SHA-256 of the request.
        case announced
        /// A checksum that the store keeps.
        case store
        /// Its size alone: nobody keeps a checksum of the object.
        case size
    }

    /// The size in bytes.
    public var byteCount: Int64
    /// The SHA-256 of the content in lower-case hexadecimal.
    public var sha256: String
    /// What the content was compared with.
    public var evidence: Evidence
    /// How many of the bytes an interrupted download had left behind.
    public var resumedByteCount: Int64

    /// Makes a receipt.
    public init(byteCount: Int64, sha256: String, evidence: Evidence, resumedByteCount: Int64 = 0) {
        self.byteCount = byteCount
        self.sha256 = sha256
        self.evidence = evidence
        self.resumedByteCount = resumedByteCount
    }
}
