import HTTPConnections

/// How a store is reached and used.
public struct S3Configuration: Sendable {
    /// Which checksums travel with the bytes.
    public enum Checksums: String, CaseIterable, Hashable, Sendable {
        /// `crc32` for AWS, `md5` for other stores.
        case automatic = "auto"
        /// A CRC-32 of the whole object, which the store keeps.
        case crc32
        /// `Content-MD5`, which every store knows.
        case md5
        /// Only those that a request cannot do without, for stores that refuse the headers.
        case whenRequired = "when-required"
    }

    /// Where the store answers.
    var endpoint = S3Endpoint.aws
    /// The URL at which readers find an object, in which `${bucket}` and `${key}` are replaced; nil for the store's own.
    public var publicURL: String?
    /// How connections are made.
    var transport = HTTPTransport.Configuration()
    /// Why the configuration is as it is, for `doctor`: "region us-east-2 from AWS_REGION".
    public internal(set) var origins: [String] = []
    /// The region to sign for at first; a bucket that is elsewhere says so.
    public var region = "us-east-1"
    /// Which checksums travel with the bytes.
    public var checksums = Checksums.automatic
    /// How many requests run at once at most.
    public var concurrency = 256
    /// The account that every bucket must belong to, as a guard against a bucket of the same name elsewhere.
    public var expectedBucketOwner: String?
    /// Whether rules that must not overwrite are refused on stores that ignore conditional writes.
    public var requiresAtomicWrites = false
    /// From this size on, objects are sent in parts.
    public var multipartThreshold: Int64 = 16 << 20
    /// The size of a part, where 10,000 of them are enough.
    public var partSize: Int64 = 16 << 20
    /// Objects that are larger are copied in parts: S3 copies at most 5 GiB at once, and a gibibyte in good time.
    public var copyThreshold: Int64 = 1 << 30
    /// The size of a part that the store copies.
    public var copyPartSize: Int64 = 256 << 20
    /// How long the answer to a request that stores an object is waited for when the run is cancelled: less than the
    /// 7.5 s that GitHub Actions leaves between its first signal and its second.
    public var patience = Duration.seconds(4)
    /// When requests are repeated.
    public var retries = RetryPolicy()

    /// AWS, with the defaults.
    public init() {}

    /// How long either side may be silent in the middle of an exchange.
    public var idleTimeout: Duration {
        get { transport.idleTimeout }
        set { transport.idleTimeout = newValue }
    }

    /// Whether the endpoint is AWS's.
    public var isAWS: Bool { endpoint.isAWS }

    /// The checksums in use.
    var effectiveChecksums: Checksums {
        guard checksums == .automatic else { return checksums }
        return isAWS ? .crc32 : .md5
    }
}
