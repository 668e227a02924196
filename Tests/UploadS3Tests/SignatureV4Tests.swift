import Foundation
import Testing

@testable import UploadS3

@Suite("Signature Version 4")
struct SignatureV4Tests {
    /// AWS's example bucket, key and day:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    struct PublishedExample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method = "GET"
        var path = "/"
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var payloadHash = emptyHash
        var signature: String
    }

    static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test(
        "Signs S3's published examples",
        arguments: [
            PublishedExample(
                testDescription: "GET object", path: "/test.txt", headers: [("Range", "bytes=0-9")],
                signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            PublishedExample(
                testDescription: "PUT object", method: "PUT", path: "/test%24file.text",
                headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
            PublishedExample(
                testDescription: "GET bucket lifecycle", query: [("lifecycle", "")],
                signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            PublishedExample(
                testDescription: "List objects", query: [("prefix", "J"), ("max-keys", "2")],
                signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ])
    func publishedExamples(_ example: PublishedExample) {
        let request = SignableRequest(
            method: example.method, path: example.path, query: example.query,
            headers: example.headers + [
                ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", example.payloadHash),
            ],
            payloadHash: example.payloadHash)
        let credentials = Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            source: "the example")
        let headers = RequestSigner(service: "s3").headers(
            for: request, credentials: credentials, region: "us-east-1",
            date: Date(timeIntervalSince1970: 1_369_353_600))
        #expect(headers.first { $0.name == "x-amz-date" }?.value == "20130524T000000Z")
        #expect(headers.first { $0.name == "authorization" }?.value.hasSuffix("Signature=\(example.signature)") == true)
    }

    @Test("Follows the clock into the next day and new credentials at once")
    func keyIsRenewed() {
        let signer = RequestSigner(service: "s3")
        let request = SignableRequest(method: "GET", path: "/", headers: [("host", "h")], payloadHash: Self.emptyHash)
        func authorization(_ secret: String, _ time: Double) -> String? {
            signer.headers(
                for: request, credentials: Credentials(accessKeyID: "A", secretAccessKey: secret, source: "a test"),
                region: "us-east-1", date: Date(timeIntervalSince1970: time)
            ).last?.value
        }
        let first = authorization("one", 86_399)
        #expect(authorization("two", 86_399) != first)
        #expect(authorization("one", 86_400)?.contains("/19700102/us-east-1/s3/") == true)
        #expect(authorization("one", 86_399) == first)
    }

    @Test(
        "Writes and reads times",
        arguments: [
            ("2015-08-30T12:36:00Z", 1_440_938_160), ("2024-02-29T23:59:59.123Z", 1_709_251_199),
            ("2026-01-01T01:00:00+01:00", 1_767_225_600), ("1970-01-01T00:00:00+0000", 0),
            ("2000-03-01T00:00:00-00:30", 951_870_600),
        ])
    func dates(_ text: String, _ seconds: Double) throws {
        let date = try #require(Date(iso8601: text))
        #expect(date.timeIntervalSince1970 == seconds)
        let reference = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        #expect(date.basicISO8601 == date.formatted(reference))
    }

    @Test("Refuses what is not a time", arguments: ["", "2015-08-30", "2015-08-30T12:36:00", "2015-13-30T12:36:00Z"])
    func notDates(_ text: String) { #expect(Date(iso8601: text) == nil) }

    @Test("Shows no secret, however credentials are printed")
    func secretsStaySecret() {
        let credentials = Credentials(
            accessKeyID: "AKID", secretAccessKey: "s3cr3t", sessionToken: "t0k3n", source: "a test")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), String(reflecting: [credentials]), dumped] {
            #expect(!text.contains("s3cr3t") && !text.contains("t0k3n"))
        }
    }
}
