import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("The charset of text", .needsServers)
struct CharsetTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var content: Data
        var type: String
        var stored: String
        var testDescription: String { "\(content.prefix(10).map { $0 }) of \(content.count) bytes as \(type)" }

        init(_ content: Data, _ type: String, stored: String) {
            (self.content, self.type, self.stored) = (content, type, stored)
        }
    }

    private static let umlauts = Data("Größe: 5 µm\n".utf8)
    private static let latin1 = Data([0x47, 0x72, 0xF6, 0xDF, 0x65])
    /// Its first MiB ends in the middle of a character; it is sent in parts.
    private static let large = Data("x".utf8) + Data(String(repeating: "é", count: 9 << 19).utf8)

    static let cases = [
        Case(umlauts, "text/plain", stored: "text/plain; charset=utf-8"),
        Case(umlauts, "text/html", stored: "text/html; charset=utf-8"),
        Case(Data("plain\n".utf8), "text/plain", stored: "text/plain; charset=utf-8"),
        Case(Data(), "text/plain", stored: "text/plain; charset=utf-8"),
        Case(latin1, "text/plain", stored: "text/plain"),
        Case(Data("cut".utf8) + Data([0xC3]), "text/plain", stored: "text/plain"),
        Case(umlauts, "text/plain; charset=latin-1", stored: "text/plain; charset=latin-1"),
        Case(umlauts, "application/json", stored: "application/json"),
        Case(umlauts, "text/x-log", stored: "text/x-log"),
        Case(large, "text/plain", stored: "text/plain; charset=utf-8"),
        Case(latin1 + large, "text/plain", stored: "text/plain"),
    ]

    @Test(
        "is said where the text is UTF-8, and no charset is given", .directoryInMemory, arguments: cases
    )
    func charset(_ test: Case) async throws {
        let file = try TestFile.write(test.content, to: "file", in: TemporaryDirectory.url())
        try await TestServer.seaweed.withBucket { bucket in
            let location = bucket.location("object")
            _ = try await bucket.backend.upload(
                UploadRequest(
                    body: .file(file), destination: location, contentType: test.type),
                progress: { _ in })
            let head = try #require(try await bucket.backend.client.head(location))
            #expect(head.properties["content-type"] == test.stored)
        }
    }
}
