import FoundationEssentials
import RunOutputs
import UploadExecution

/// Where a store answers and how its buckets are addressed.
struct S3Endpoint: Hashable, Sendable {
    /// `http` or `https`.
    var scheme: String
    /// The host; `nil` for AWS's own of the region.
    var host: String?
    /// The port, if it is not the scheme's.
    var port: Int?
    /// A path in front of every bucket, without a slash at the end.
    var basePath = ""
    /// Where the bucket's name stands.
    var addressing: BucketAddressing

    /// AWS's own endpoints.
    static let aws = S3Endpoint(scheme: "https", host: nil, port: nil, addressing: .automatic)

    /// Whether AWS answers, whose behaviour is documented and need not be found out.
    var isAWS: Bool { host.map { $0.hasSuffix(".amazonaws.com") || $0.hasSuffix(".amazonaws.com.cn") } ?? true }

    /// Whether the bytes on the wire are protected from change.
    var isEncrypted: Bool { scheme == "https" }
}

extension S3Endpoint {
    /// Reads an endpoint's URL.
    ///
    /// - Parameters:
    ///   - url: What the user gave, such as `https://minio.example.com:9000`.
    ///   - addressing: Where the bucket's name stands.
    /// - Throws: ``UploadError`` if it is no URL of a server.
    init(url: String, addressing: BucketAddressing) throws(UploadError) {
        guard let parsed = URL(string: url), let host = parsed.host(), !host.isEmpty,
            let scheme = parsed.scheme?.lowercased(), scheme == "http" || scheme == "https",
            parsed.query() == nil, parsed.user() == nil
        else {
            throw UploadError(
                .other, "the endpoint \u{201C}\(url)\u{201D} is not the URL of a server",
                hint: "give it as https://HOST or http://HOST:PORT")
        }
        self.scheme = scheme
        self.host = host.lowercased()
        port = parsed.port
        let path = parsed.path(percentEncoded: true)
        basePath = path.hasSuffix("/") ? String(path.dropLast()) : path
        self.addressing = addressing
    }

    /// Where an object or a bucket is asked for.
    ///
    /// - Parameters:
    ///   - bucket: The bucket.
    ///   - key: The key; empty for the bucket itself.
    ///   - region: The bucket's region.
    /// - Returns: The server, the value of the `Host` header, and the percent-encoded path.
    func address(
        bucket: String, key: ExactString, region: String
    ) -> (origin: HTTPOrigin, authority: String, path: String) {
        let base = host ?? Self.awsHost(region: region)
        let objectPath = "/" + key.text.percentEncodedPath
        let isVirtual = usesVirtualHost(bucket: bucket)
        let name = isVirtual ? "\(bucket).\(base)" : base
        let origin = HTTPOrigin(isEncrypted: isEncrypted, host: name.withoutBrackets, port: port)
        let authority = name + (port.map { ":\($0)" } ?? "")
        guard !isVirtual else { return (origin, authority, basePath + objectPath) }
        return (origin, authority, "\(basePath)/\(bucket)" + (key.text.isEmpty ? "" : objectPath))
    }

    /// AWS's own host in a region.
    static func awsHost(region: String) -> String {
        "s3.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }

    private func usesVirtualHost(bucket: String) -> Bool {
        switch addressing {
        case .path: false
        case .virtualHost: true
        case .automatic:
            // A certificate for *.s3.amazonaws.com does not cover a name with a dot in it.
            isAWS && !(isEncrypted && bucket.utf8.contains(UInt8(ascii: ".")))
        }
    }
}

/// Where a bucket's name stands in the URL of an object.
public enum BucketAddressing: String, CaseIterable, Hashable, Sendable {
    /// In the host name for AWS, in the path for other stores.
    case automatic = "auto"
    /// In the host name.
    case virtualHost = "virtual"
    /// In the path.
    case path
}

extension String {
    /// An IPv6 address as connections are made to it: URLs put it in brackets.
    fileprivate var withoutBrackets: String { hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self }
}
