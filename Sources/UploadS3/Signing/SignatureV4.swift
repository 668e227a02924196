import Crypto
import FoundationEssentials
import UploadExecution

/// Signs requests with
/// [AWS Signature Version 4](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
///
/// A pure function: request, key and date in, headers out.
enum SignatureV4 {
    /// The text in place of the body's SHA-256 for a body that is not signed.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// The texts between a request and its signature.
    struct Signature: Sendable {
        /// The request as it is signed.
        var canonicalRequest: [UInt8]
        /// The text that the key signs.
        var stringToSign: [UInt8]
        /// The value of the `Authorization` header.
        var authorization: String
    }

    /// Signs a request whose headers are complete, `x-amz-date` among them.
    ///
    /// - Parameters:
    ///   - request: The request; all its headers are signed.
    ///   - accessKeyID: The key's public half.
    ///   - key: The key of the day, the region and the service.
    ///   - timestamp: The value of the `x-amz-date` header.
    /// - Returns: The signature, and the texts that it was made from.
    static func sign(
        _ request: SignableRequest, accessKeyID: String, key: SigningKey, timestamp: String
    ) -> Signature {
        let headers = request.headers.map { (name: $0.name.asciiLowercased, value: $0.value) }
        // Names are ASCII, which strings compare byte by byte.
        let order = headers.indices.sorted { lhs, rhs in
            headers[lhs].name == headers[rhs].name ? lhs < rhs : headers[lhs].name < headers[rhs].name
        }
        var canonical: [UInt8] = []
        canonical.reserveCapacity(768)
        canonical.append(line: request.method)
        canonical.append(line: request.canonicalPath)
        canonical.append(line: request.canonicalQuery)
        var signedNames: [UInt8] = []
        signedNames.reserveCapacity(128)
        var previous: String?
        for index in order {
            let (name, value) = headers[index]
            if name == previous {
                canonical[canonical.count - 1] = UInt8(ascii: ",")
            } else {
                if previous != nil { signedNames.append(UInt8(ascii: ";")) }
                signedNames += name.utf8
                canonical += name.utf8
                canonical.append(UInt8(ascii: ":"))
            }
            canonical.appendTrimmed(value)
            canonical.append(UInt8(ascii: "\n"))
            previous = name
        }
        canonical.append(UInt8(ascii: "\n"))
        canonical += signedNames
        canonical.append(UInt8(ascii: "\n"))
        canonical += request.payloadHash.utf8

        var text: [UInt8] = []
        text.reserveCapacity(192)
        text.append(line: "AWS4-HMAC-SHA256")
        text.append(line: timestamp)
        text.append(line: key.scope)
        text.appendHexadecimal(SHA256.hash(data: canonical))
        let authorization = """
            AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(key.scope), \
            SignedHeaders=\(String(decoding: signedNames, as: UTF8.self)), Signature=\(key.signature(of: text))
            """
        return Signature(canonicalRequest: canonical, stringToSign: text, authorization: authorization)
    }
}

extension UInt8 {
    /// The lower-case letter for a capital one; any other byte as it is.
    var asciiLowercased: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self + 32 : self }
}

extension String {
    /// The text with lower-case letters for capital ones of ASCII.
    fileprivate var asciiLowercased: String {
        let bytes = utf8Span.span
        for index in bytes.indices where bytes[index] != bytes[index].asciiLowercased {
            return String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
        }
        return self
    }

    /// Whether a byte of it is blank.
    fileprivate var holdsBlanks: Bool {
        let bytes = utf8Span.span
        for index in bytes.indices where bytes[index].isBlank { return true }
        return false
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\n")
    }
}

extension [UInt8] {
    fileprivate mutating func append(line: String) {
        append(contentsOf: line.utf8)
        append(UInt8(ascii: "\n"))
    }

    /// Appends a header's value without blanks around it and with single blanks in it.
    fileprivate mutating func appendTrimmed(_ value: String) {
        guard value.holdsBlanks else {
            append(contentsOf: value.utf8)
            return
        }
        var pendingBlank = false
        let start = count
        for byte in value.utf8 {
            if byte.isBlank {
                pendingBlank = count > start
            } else {
                if pendingBlank { append(UInt8(ascii: " ")) }
                pendingBlank = false
                append(byte)
            }
        }
    }
}

/// The key that signs requests of one day to one region and service.
///
/// Deriving it takes four HMACs, so it is kept while the day lasts; the state of the HMAC after its key was absorbed is
/// kept with it, which saves each signature the key's two blocks.
struct SigningKey: Sendable {
    /// `{day}/{region}/{service}/aws4_request`.
    let scope: String
    private let keyed: HMAC<SHA256>

    /// Derives the key.
    ///
    /// - Parameters:
    ///   - secret: The secret access key.
    ///   - day: The day of the requests in UTC, `20150830`.
    ///   - region: The region, `us-east-1`.
    ///   - service: The service, `s3`.
    init(secret: String, day: String, region: String, service: String) {
        scope = "\(day)/\(region)/\(service)/aws4_request"
        var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        for part in [day, region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        keyed = HMAC<SHA256>(key: key)
    }

    /// Signs a text.
    ///
    /// - Parameter text: The bytes to sign.
    /// - Returns: The signature in hexadecimal.
    func signature(of text: [UInt8]) -> String {
        var code = keyed
        code.update(data: text)
        return String(hexadecimal: code.finalize())
    }
}
