import Crypto
import UploadExecution

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
