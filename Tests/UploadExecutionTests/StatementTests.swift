import Foundation
import Testing
import UploadTestSupport

@testable import UploadExecution

@Suite("Signed statements")
struct StatementTests {
    /// Secret key, public key, message and signature of [RFC 8032, section 7.1](https://www.rfc-editor.org/rfc/rfc8032#section-7.1).
    static let ed25519: [[String]] = [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
    ]

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    private static func pem(_ label: String, _ prefix: String, _ key: String) -> String {
        let text = Data(bytes(prefix + key)).base64EncodedString()
        return "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n"
    }

    private static func privateKey(_ key: String) throws -> StatementKey {
        try StatementKey(pem: pem("PRIVATE KEY", "302e020100300506032b657004220420", key))
    }

    private static func publicKey(_ key: String) throws -> StatementKey {
        try StatementKey(pem: pem("PUBLIC KEY", "302a300506032b6570032100", key))
    }

    @Test("Ed25519 accepts the vectors of RFC 8032, and makes signatures that it accepts", arguments: ed25519)
    func vector(vector: [String]) throws {
        let (message, signature) = (Self.bytes(vector[2]), Self.bytes(vector[3]))
        let (secret, known) = (try Self.privateKey(vector[0]), try Self.publicKey(vector[1]))
        #expect(secret.id == known.id)
        #expect(known.verifies(signature, of: message))
        #expect(!known.verifies(signature, of: message + [0]))
        #expect(known.verifies(try secret.signature(for: message), of: message))
        #expect(!known.isPrivate && secret.isPrivate)
    }

    /// The key and the envelope of [the protocol's own test vector](https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#test-vectors).
    private static let protocolKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMr
        CrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA==
        -----END PUBLIC KEY-----
        """
    private static let protocolEnvelope = """
        {"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld", "signatures":
         [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}
        """

    @Test("DSSE accepts the protocol's test vector, and nothing that was changed")
    func protocolVector() throws {
        let encoded = SignedEnvelope.encoded(Array("hello world".utf8), "http://example.com/HelloWorld")
        #expect(String(decoding: encoded, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
        let key = try StatementKey(pem: Self.protocolKey)
        let envelope = try SignedEnvelope(Array(Self.protocolEnvelope.utf8))
        #expect(envelope.isSigned(by: key))
        for (old, new) in [("aGVsbG8gd29ybGQ=", "aGVsbG8gd29ybGQh"), ("HelloWorld", "HelloWorlds"), ("A3Jq", "A3Js")] {
            let changed = try SignedEnvelope(Array(Self.protocolEnvelope.replacing(old, with: new).utf8))
            #expect(!changed.isSigned(by: key), "\(old)")
        }
        #expect(!envelope.isSigned(by: try Self.publicKey(Self.ed25519[0][1])))
    }

    @Test("What is signed is what is read back", arguments: ["", "{}", "text with \u{1F680}"])
    func roundTrip(payload: String) throws {
        let secret = try Self.privateKey(Self.ed25519[1][0])
        let envelope = try SignedEnvelope(signing: Array(payload.utf8), RunStatement.payloadType, with: secret)
        let read = try SignedEnvelope(Array(envelope.json.utf8))
        #expect(read.payload == Array(payload.utf8))
        #expect(read.isSigned(by: try Self.publicKey(Self.ed25519[1][1])))
        #expect(!read.isSigned(by: try Self.publicKey(Self.ed25519[2][1])))
    }

    @Test(
        "What is not a key is refused, and no part of it is shown",
        arguments: [
            "", "secret", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----",
        ])
    func noKey(text: String) {
        let error = #expect(throws: StoreError.self) { try StatementKey(pem: text) }
        #expect(error.map { !"\($0)".contains("secret") && !"\($0)".contains("c2VjcmV0") } == true)
    }

    @Test("A public key cannot sign")
    func publicCannotSign() throws {
        let key = try StatementKey(pem: Self.protocolKey)
        #expect(throws: StoreError.self) { try SignedEnvelope(signing: [], "t", with: key) }
    }
}
