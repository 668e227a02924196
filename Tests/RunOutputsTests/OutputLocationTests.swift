import Foundation
import RunOutputs
import Testing

@Suite("Output locations")
struct OutputLocationTests {
    /// What RFC 3986 calls unreserved, and the slash between segments.
    static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")

    @Test("Every byte is encoded as RFC 3986 says")
    func everyByte() throws {
        for value in UInt8.min...127 {
            let text = String(UnicodeScalar(value))
            #expect(text.percentEncodedPath == text.addingPercentEncoding(withAllowedCharacters: Self.plain))
            #expect("a\(text)b".percentEncodedPath == "a\(text.percentEncodedPath)b")
        }
        // Bytes from 0x80 occur only inside longer characters: take them from all over Unicode.
        var seen: Set<UInt8> = []
        for value in stride(from: UInt32(0x80), through: 0x10FFFF, by: 61) {
            guard let scalar = UnicodeScalar(value) else { continue }
            let text = String(scalar)
            let expected = text.utf8.map { "%" + String($0, radix: 16, uppercase: true) }.joined()
            #expect(text.percentEncodedPath == expected)
            #expect(expected.removingPercentEncoding == text)
            seen.formUnion(text.utf8)
        }
        // C0, C1 and F5 to FF never occur in UTF-8.
        #expect(seen == Set((0x80...0xBF).map(UInt8.init) + (0xC2...0xF4).map(UInt8.init)))
    }

    @Test(
        "Forms of a location",
        arguments: [
            ("7-linux/a.log", "7-linux/a.log"),
            ("7-linux/a+b c#d%20\u{e9}.log", "7-linux/a%2Bb%20c%23d%2520%C3%A9.log"),
            ("7-linux/e\u{301}", "7-linux/e%CC%81"),
            ("7-linux/core_lib_gfx942:xnack+.tar.zst", "7-linux/core_lib_gfx942%3Axnack%2B.tar.zst"),
            ("7-linux/?&=;'\"<>\\", "7-linux/%3F%26%3D%3B%27%22%3C%3E%5C"),
        ])
    func forms(key: String, encoded: String) {
        let location = OutputLocation(bucket: "my-bucket", key: ExactString(key))
        #expect(location.s3URI == "s3://my-bucket/\(key)")
        #expect(location.httpsURL == "https://my-bucket.s3.amazonaws.com/\(encoded)")
        #expect(location.localPath(in: "out") == "out/\(key)")
    }

    @Test("Local path", arguments: [("out", "out/k"), ("out/", "out/k"), ("/", "/k"), (".", "./k"), ("", "k")])
    func localPath(directory: String, expected: String) {
        #expect(OutputLocation(bucket: "b", key: "k").localPath(in: directory) == expected)
    }

    @Test("A location below another")
    func appending() {
        let location = OutputLocation(bucket: "b", key: "7-linux/logs").appending("a/b.log")
        #expect(location == OutputLocation(bucket: "b", key: "7-linux/logs/a/b.log"))
    }

    @Test("Locations are ordered by bucket, then by the bytes of the key")
    func order() {
        let ordered = [("a", "z"), ("b", "B"), ("b", "a"), ("b", "e\u{301}"), ("b", "\u{e9}"), ("c", "")]
            .map { OutputLocation(bucket: $0.0, key: ExactString($0.1)) }
        #expect(ordered.reversed().sorted() == ordered)
    }
}
