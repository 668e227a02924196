import Foundation
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("Signature Version 4: AWS's test suite", .needsVectors("sigv4.json"))
struct SignatureV4VectorTests {
    @Test("Gives the canonical request, the string to sign and the signature", arguments: SignatureVector.all)
    func vectors(_ vector: SignatureVector) throws {
        let date = try #require(Date(iso8601: vector.context.timestamp))
        let lines = vector.request.split(separator: "\n\n", maxSplits: 1)
        let body = lines.count == 2 ? String(lines[1]) : ""
        var request = try vector.signable(head: String(lines[0]))
        request.payloadHash = ContentDigests.sha256(of: body)
        request.headers.append(("X-Amz-Date", date.basicISO8601))
        let credentials = vector.context.credentials
        if let token = credentials.token, vector.context.omitSessionToken != true {
            request.headers.append(("X-Amz-Security-Token", token))
        }
        if vector.context.signBody { request.headers.append(("x-amz-content-sha256", request.payloadHash)) }
        let key = SigningKey(
            secret: credentials.secretAccessKey, day: String(date.basicISO8601.prefix(8)),
            region: vector.context.region, service: vector.context.service)
        let signed = SignatureV4.sign(
            request, accessKeyID: credentials.accessKeyID, key: key, timestamp: date.basicISO8601)
        #expect(String(decoding: signed.canonicalRequest, as: UTF8.self) == vector.canonicalRequest)
        #expect(String(decoding: signed.stringToSign, as: UTF8.self) == vector.stringToSign)
        #expect(vector.signedRequest.contains(signed.authorization))
        #expect(signed.authorization.hasSuffix("Signature=\(vector.signature)"))
    }
}

extension ContentDigests {
    fileprivate static func sha256(of text: String) -> String {
        let digests = unsafe Array(text.utf8).withUnsafeBytes { bytes in unsafe ContentDigests.of(bytes, .sha256) }
        return String(hexadecimal: digests.sha256 ?? [])
    }
}

/// One case of `sigv4.json`.
struct SignatureVector: Decodable, Sendable, CustomTestStringConvertible {
    struct Context: Decodable, Sendable {
        struct Credentials: Decodable, Sendable {
            var accessKeyID: String
            var secretAccessKey: String
            var token: String?

            enum CodingKeys: String, CodingKey {
                case accessKeyID = "access_key_id"
                case secretAccessKey = "secret_access_key"
                case token
            }
        }

        var credentials: Credentials
        var normalize: Bool
        var region: String
        var service: String
        var signBody: Bool
        var timestamp: String
        var omitSessionToken: Bool?

        enum CodingKeys: String, CodingKey {
            case credentials, normalize, region, service, timestamp
            case signBody = "sign_body"
            case omitSessionToken = "omit_session_token"
        }
    }

    var name: String
    var context: Context
    var request: String
    var canonicalRequest: String
    var stringToSign: String
    var signature: String
    var signedRequest: String
    var testDescription: String { name }

    enum CodingKeys: String, CodingKey {
        case name, context, request, signature
        case canonicalRequest = "canonical_request"
        case stringToSign = "string_to_sign"
        case signedRequest = "signed_request"
    }

    static let all: [SignatureVector] = {
        struct File: Decodable { var cases: [SignatureVector] }
        guard Vectors.has("sigv4.json") else { return [] }
        do {
            return try JSONDecoder().decode(File.self, from: Vectors.data("sigv4.json")).cases
        } catch {
            fatalError("sigv4.json: \(error)")
        }
    }()

    /// Reads the request's first line and headers; a line that starts with a blank continues the one before.
    func signable(head: String) throws -> SignableRequest {
        var lines = head.split(separator: "\n")
        let first = lines.removeFirst()
        let method = try #require(first.split(separator: " ").first)
        let target = first.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers: [(name: String, value: String)] = []
        for line in lines {
            if line.first == " ", !headers.isEmpty {
                headers[headers.count - 1].value += " " + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        let query = parts.count < 2 ? [] : parts[1].split(separator: "&").map(Self.pair)
        return SignableRequest(
            method: String(method), path: String(parts[0]), query: query, headers: headers, payloadHash: "",
            pathSpelling: context.normalize ? .normalizedAndEncodedAgain : .encodedAgain)
    }

    private static func pair(_ text: Substring) -> (name: String, value: String) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.removingPercentEncoding ?? String($0) }
        return (sides[0], sides.count == 2 ? sides[1] : "")
    }
}
