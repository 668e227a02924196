import FoundationEssentials
import HTTPConnections
import RunOutputs
import UploadExecution

/// Where a store answers and how its buckets are addressed.
struct S3Endpoint: Hashable, Sendable {
    /// Whether the bytes on the wire are protected from change.
    var isEncrypted: Bool
    /// The host, an IPv6 address without brackets; `nil` for AWS's own of the region.
    var host: String?
    /// The port, if it is not the scheme's.
    var port: Int?
    /// A path in front of every bucket, without a slash at the end.
    var basePath = ""
    /// Where the bucket's name is.
    var addressing: BucketAddressing

    /// AWS's own endpoints.
    static let aws = S3Endpoint(isEncrypted: true, host: nil, port: nil, addressing: .automatic)

    /// Whether AWS answers, whose behaviour is documented and need not be found out.
    var isAWS: Bool { host.map { $0.hasSuffix(".amazonaws.com") || $0.hasSuffix(".amazonaws.com.cn") } ?? true }

    /// The server in a region.
    func origin(region: String) -> HTTPOrigin {
        HTTPOrigin(isEncrypted: isEncrypted, host: host ?? Self.awsHost(region: region), port: port)
    }

    /// The endpoint as it was given, with its path; `nil` for AWS's own.
    var url: String? { host.map { "\(HTTPOrigin(isEncrypted: isEncrypted, host: $0, port: port))\(basePath)" } }
}

extension S3Endpoint {
    /// Reads an endpoint's URL.
    ///
    /// - Parameters:
    ///   - url: What the user gave, such as `https://minio.example.com:9000`.
    ///   - addressing: Where the bucket's name is.
    /// - Throws: ``StoreError`` if it is not a URL of a server.
    init(url: String, addressing: BucketAddressing) throws(StoreError) {
        let shown = url.withoutUserInfo
        guard let parsed = URL(string: url), let origin = HTTPOrigin(parsed), parsed.query() == nil,
            parsed.fragment() == nil
        else {
            throw StoreError(
                .other, "the endpoint \u{201C}\(shown)\u{201D} is not the URL of a server",
                hint: "give it as https://HOST or http://HOST:PORT, with a port from 1 to 65535")
        }
        guard parsed.user() == nil, parsed.password() == nil else {
            throw StoreError(
                .other, "the endpoint \u{201C}\(shown)\u{201D} was given with a user or a password",
                hint: "leave them out of the URL, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard addressing != .virtualHost || !origin.hasAddress else {
            throw StoreError(
                .other, "the endpoint \u{201C}\(shown)\u{201D} is an IP address, so its host cannot name a bucket",
                hint: "pass --addressing path")
        }
        isEncrypted = origin.isEncrypted
        host = origin.host
        port = origin.port
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
    /// - Returns: The server, and the percent-encoded path.
    func address(bucket: String, key: ExactString, region: String) -> (origin: HTTPOrigin, path: String) {
        var origin = origin(region: region)
        let objectPath = "/" + key.text.percentEncodedPath
        guard !usesVirtualHost(bucket: bucket) else {
            origin.host = "\(bucket).\(origin.host)"
            return (origin, basePath + objectPath)
        }
        return (origin, "\(basePath)/\(bucket)" + (key.text.isEmpty ? "" : objectPath))
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

/// Where a bucket's name goes in the URL of an object.
public enum BucketAddressing: String, CaseIterable, Hashable, Sendable {
    /// In the host name for AWS, in the path for other stores.
    case automatic = "auto"
    /// In the host name.
    case virtualHost = "virtual"
    case path
}

extension String {
    /// A URL without user and password, to be shown.
    var withoutUserInfo: String {
        let start = firstRange(of: "://")?.upperBound ?? startIndex
        guard let at = self[start...].lastIndex(of: "@") else { return self }
        return String(self[..<start] + self[index(after: at)...])
    }
}
