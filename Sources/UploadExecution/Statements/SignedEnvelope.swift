import FoundationEssentials
import UploadPlanning

/// A signed payload in an envelope of DSSE 1.0
/// ([protocol](https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md),
/// [envelope](https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md)).
package struct SignedEnvelope: Sendable {
    package struct Signature: Decodable, Sendable {
        /// Which key made it: a hint that proves nothing.
        package var keyID: String?
        /// The signature in base 64.
        package var signature: String

        private enum CodingKeys: String, CodingKey {
            case keyID = "keyid"
            case signature = "sig"
        }
    }

    /// The media type of the payload.
    package var payloadType: String
    /// What is signed.
    package var payload: [UInt8]
    package var signatures: [Signature]

    /// Signs a payload.
    ///
    /// - Parameters:
    ///   - payload: What is signed.
    ///   - payloadType: Its media type.
    ///   - key: The key.
    /// - Throws: What the key's library throws.
    package init(signing payload: [UInt8], _ payloadType: String, with key: StatementKey) throws {
        self.payloadType = payloadType
        self.payload = payload
        let signature = try key.signature(for: Self.encoded(payload, payloadType))
        signatures = [Signature(keyID: key.id, signature: Data(signature).base64EncodedString())]
    }

    /// The bytes that are signed: PAE of the DSSE protocol.
    package static func encoded(_ payload: [UInt8], _ payloadType: String) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    /// The envelope as JSON.
    package var json: String {
        var document = JSONDocument()
        document.add("payloadType", .string(payloadType))
        document.add("payload", .string(Data(payload).base64EncodedString()))
        document.add("signatures", signatures) { signature in
            .object([("keyid", .string(signature.keyID ?? "")), ("sig", .string(signature.signature))])
        }
        return document.finished
    }

    private struct Recorded: Decodable {
        var payloadType: String
        var payload: String
        var signatures: [Signature]
    }

    /// Reads an envelope; nothing of it is verified yet.
    ///
    /// - Parameter bytes: The envelope as JSON.
    /// - Throws: ``StoreError`` with the code ``StoreError/Code/damaged`` if it is none.
    package init(_ bytes: [UInt8]) throws(StoreError) {
        guard let recorded = try? JSONDecoder().decode(Recorded.self, from: Data(bytes)),
            let payload = Data(anyBase64: recorded.payload)
        else { throw StoreError(.damaged, "it is not a DSSE envelope: payload, payloadType and signatures") }
        payloadType = recorded.payloadType
        self.payload = Array(payload)
        signatures = recorded.signatures
    }

    /// Checks whether a key signed the payload: whatever key a signature names, the key itself decides.
    ///
    /// - Parameter key: The public key.
    /// - Returns: Whether one of the signatures is the key's.
    package func isSigned(by key: StatementKey) -> Bool {
        let signed = Self.encoded(payload, payloadType)
        return signatures.contains { signature in
            Data(anyBase64: signature.signature).map { key.verifies(Array($0), of: signed) } ?? false
        }
    }
}

extension Data {
    /// Decodes base 64, in the usual alphabet or in that of URLs: readers of DSSE take both.
    fileprivate init?(anyBase64 text: String) {
        var usual = ""
        for character in text {
            usual.append(character == "-" ? "+" : character == "_" ? "/" : character)
        }
        while usual.utf8.count % 4 != 0 { usual += "=" }
        self.init(base64Encoded: usual)
    }
}
