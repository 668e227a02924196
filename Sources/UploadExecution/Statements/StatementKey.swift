package import Crypto
import FoundationEssentials

/// A key that signs statements, or checks their signatures: Ed25519 or ECDSA with P-256 and SHA-256.
package enum StatementKey: Sendable {
    case privateEd25519(Curve25519.Signing.PrivateKey)
    case publicEd25519(Curve25519.Signing.PublicKey)
    case privateP256(P256.Signing.PrivateKey)
    case publicP256(P256.Signing.PublicKey)

    /// What comes before the 32 bytes of an Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo
    /// ([RFC 8410](https://www.rfc-editor.org/rfc/rfc8410), sections 4 and 7).
    private static let privatePrefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let publicPrefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    /// Reads a key in PEM, as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write it.
    ///
    /// - Parameter pem: The text.
    /// - Throws: ``StoreError`` if it is not a key of these kinds; the message never holds any of it.
    package init(pem: String) throws(StoreError) {
        if let der = Self.der(pem, "PRIVATE KEY"), der.count == 48, der.starts(with: Self.privatePrefix),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der.suffix(32))
        {
            self = .privateEd25519(key)
        } else if let der = Self.der(pem, "PUBLIC KEY"), der.count == 44, der.starts(with: Self.publicPrefix),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: der.suffix(32))
        {
            self = .publicEd25519(key)
        } else if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) {
            self = .privateP256(key)
        } else if let key = try? P256.Signing.PublicKey(pemRepresentation: pem) {
            self = .publicP256(key)
        } else {
            throw StoreError(
                .other, "it is not a key for Ed25519 or P-256 in PEM, without a password",
                hint:
                    "make one with `openssl genpkey -algorithm ed25519`, and its public half with `openssl pkey -pubout`"
            )
        }
    }

    private static func der(_ pem: String, _ label: String) -> [UInt8]? {
        let lines = pem.split(whereSeparator: \.isNewline).map { String($0) }
        guard let start = lines.firstIndex(of: "-----BEGIN \(label)-----"),
            let end = lines[start...].firstIndex(of: "-----END \(label)-----")
        else { return nil }
        return Data(base64Encoded: lines[(start + 1)..<end].joined()).map { Array($0) }
    }

    /// Whether the key can sign.
    package var isPrivate: Bool {
        switch self {
        case .privateEd25519, .privateP256: true
        case .publicEd25519, .publicP256: false
        }
    }

    /// The SHA-256 of the public key as SubjectPublicKeyInfo, in lower-case hexadecimal.
    package var id: String {
        switch self {
        case .privateEd25519(let key): (Self.publicPrefix + key.publicKey.rawRepresentation).sha256
        case .publicEd25519(let key): (Self.publicPrefix + key.rawRepresentation).sha256
        case .privateP256(let key): Array(key.publicKey.derRepresentation).sha256
        case .publicP256(let key): Array(key.derRepresentation).sha256
        }
    }

    /// Signs bytes: with P-256 the signature is in DER.
    func signature(for bytes: [UInt8]) throws -> [UInt8] {
        switch self {
        case .privateEd25519(let key): return Array(try key.signature(for: Data(bytes)))
        case .privateP256(let key): return Array(try key.signature(for: Data(bytes)).derRepresentation)
        case .publicEd25519, .publicP256:
            throw StoreError(.other, "the key is public, and signing takes a private one")
        }
    }

    /// Whether a signature of bytes is this key's; of P-256 in DER, or as two numbers.
    func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        switch self {
        case .privateEd25519(let key): key.publicKey.isValidSignature(Data(signature), for: Data(bytes))
        case .publicEd25519(let key): key.isValidSignature(Data(signature), for: Data(bytes))
        case .privateP256(let key): Self.verifies(signature, of: bytes, key.publicKey)
        case .publicP256(let key): Self.verifies(signature, of: bytes, key)
        }
    }

    private static func verifies(_ signature: [UInt8], of bytes: [UInt8], _ key: P256.Signing.PublicKey) -> Bool {
        let readings = [
            try? P256.Signing.ECDSASignature(derRepresentation: Data(signature)),
            try? P256.Signing.ECDSASignature(rawRepresentation: Data(signature)),
        ]
        return readings.contains { $0.map { key.isValidSignature($0, for: Data(bytes)) } ?? false }
    }
}
