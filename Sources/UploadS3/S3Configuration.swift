import FoundationEssentials
import HTTPConnections
import LocalFiles
public import RunOutputs
public import UploadExecution
import UploadPlanning

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

    public var isAWS: Bool { endpoint.isAWS }

    /// The checksums in use.
    var effectiveChecksums: Checksums {
        guard checksums == .automatic else { return checksums }
        return isAWS ? .crc32 : .md5
    }
}

extension S3Configuration {
    /// What the command line and the bucket policy say; everything else is looked up.
    public struct Choices: Sendable {
        /// `--endpoint-url`.
        public var endpointURL: String?
        /// `--region`.
        public var region: String?
        /// The store's URL that the bucket policy gives.
        public var policyEndpointURL: String?
        /// The URL for readers that the bucket policy gives: it does not hold for another store that a flag names.
        public var publicURL: String?
        /// The region that the bucket policy gives the bucket.
        public var policyRegion: String?
        /// `--profile`.
        public var profile: String?
        /// Where the bucket's name goes in URLs.
        public var addressing = BucketAddressing.automatic
        /// `--checksum`.
        public var checksums = Checksums.automatic
        /// `--concurrency`.
        public var concurrency: Int?
        /// `--expected-bucket-owner`.
        public var expectedBucketOwner: String?
        /// `--require-atomic`.
        public var requiresAtomicWrites = false

        /// Nothing chosen.
        public init() {}
    }

    /// Looks up what was not chosen: in the environment, and in the profile of AWS's shared files.
    ///
    /// - Parameters:
    ///   - choices: What was chosen.
    ///   - environment: The environment.
    /// - Returns: A configuration whose ``origins`` say where each part comes from.
    /// - Throws: ``StoreError`` for a URL that is none, or a file of certificates that cannot be read.
    public static func resolve(_ choices: Choices, environment: [String: String]) throws(StoreError) -> Self {
        let shared = SharedConfiguration(environment: environment)
        let profile = choices.profile ?? environment.value("AWS_PROFILE") ?? "default"
        var configuration = S3Configuration()
        func first(_ what: String, _ candidates: [(origin: String, value: String?)]) -> String? {
            for (origin, value) in candidates {
                guard let value, !value.isEmpty else { continue }
                configuration.origins.append("\(what) \(value) from \(origin)")
                return value
            }
            return nil
        }
        let ignoresEndpoints = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true"
        var endpoints: [(String, String?)] = [
            ("--endpoint-url", choices.endpointURL), ("the bucket policy", choices.policyEndpointURL),
        ]
        if !ignoresEndpoints {
            endpoints += ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].map { ($0, environment[$0]) }
            endpoints += ["s3.endpoint_url", "endpoint_url"].map {
                ("the profile \(profile)", shared.setting($0, profile: profile))
            }
        }
        if let url = first("endpoint", endpoints) {
            configuration.endpoint = try S3Endpoint(url: url, addressing: choices.addressing)
        } else {
            configuration.endpoint.addressing = choices.addressing
        }
        let region = first(
            "region",
            [
                ("--region", choices.region), ("the bucket policy", choices.policyRegion),
                ("AWS_REGION", environment["AWS_REGION"]), ("AWS_DEFAULT_REGION", environment["AWS_DEFAULT_REGION"]),
                ("the profile \(profile)", shared.setting("region", profile: profile)),
            ])
        if let region {
            guard region.utf8.allSatisfy(\.isOfRegion) else {
                throw StoreError(
                    .other, "\(configuration.origins.last?.printable ?? region.printable): that is not a region's name",
                    hint: "regions have names such as us-east-1; `echo` adds a line feed, `printf %s` does not")
            }
            configuration.region = region
        }
        configuration.transport.caBundle = first(
            "certificates",
            [
                ("AWS_CA_BUNDLE", environment["AWS_CA_BUNDLE"]),
                ("the profile \(profile)", shared.setting("ca_bundle", profile: profile)),
            ])
        if let file = configuration.transport.caBundle, (try? SmallFile.read(file, limit: 64 << 20)) == nil {
            throw StoreError(
                .other, "the certificates cannot be read from \(file)", hint: "check AWS_CA_BUNDLE")
        }
        configuration.transport.proxies = ProxySettings(environment: environment)
        do {
            _ = try configuration.transport.proxies.proxy(
                for: configuration.endpoint.origin(region: configuration.region))
        } catch {
            throw StoreError(.other, error.message, hint: error.hint)
        }
        configuration.checksums = choices.checksums
        configuration.publicURL = choices.endpointURL == nil ? choices.publicURL : nil
        configuration.expectedBucketOwner = choices.expectedBucketOwner
        configuration.requiresAtomicWrites = choices.requiresAtomicWrites
        if let concurrency = choices.concurrency { configuration.concurrency = max(1, concurrency) }
        return configuration
    }
}

extension UInt8 {
    /// Whether a region's name may hold the byte: it becomes a part of a host's name.
    fileprivate var isOfRegion: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension S3Configuration {
    /// The URL that a reader without credentials finds an object or a directory at.
    ///
    /// - Parameter location: The object.
    /// - Returns: ``publicURL`` if there is one; of AWS ``RunOutputs/OutputLocation/httpsURL``, which needs no region; else a URL of the endpoint.
    public func url(of location: OutputLocation) -> String {
        if let publicURL {
            return publicURL.replacing("${bucket}", with: location.bucket)
                .replacing("${key}", with: location.key.text.percentEncodedPath)
        }
        guard endpoint.host != nil else { return location.httpsURL }
        let (origin, path) = endpoint.address(bucket: location.bucket, key: location.key, region: region)
        return "\(origin)\(path)"
    }
}
