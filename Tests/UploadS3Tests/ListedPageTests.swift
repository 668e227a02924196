import RunOutputs
import Testing

@testable import UploadS3

@Suite("What stores list")
struct ListedPageTests {
    private func page(
        _ keys: [String], size: String = "1", prefix: String = "run/", encoding: String? = "url",
        prefixes: [String] = []
    ) throws -> ListedPage {
        let contents = keys.map {
            "<Contents><Key>\($0)</Key><Size>\(size)</Size><ETag>&quot;e&quot;</ETag></Contents>"
        }
        let common = prefixes.map { "<CommonPrefixes><Prefix>\($0)</Prefix></CommonPrefixes>" }
        let encoding = encoding.map { "<EncodingType>\($0)</EncodingType>" } ?? ""
        let text = "<ListBucketResult>\(encoding)\((contents + common).joined())</ListBucketResult>"
        return try ListedPage(XMLElement(parsing: Array(text.utf8)), below: prefix)
    }

    @Test(
        "Keys that XML cannot carry come percent-encoded",
        arguments: [
            ("run/a%1B%5B31m.log", "run/a\u{1B}[31m.log"), ("run%2Fa%2Bb", "run/a+b"), ("run/a+b", "run/a b"),
            ("run/a%20b", "run/a b"), ("run/%C3%BC", "run/\u{FC}"), ("run/u%CC%88", "run/u\u{308}"), ("run/a", "run/a"),
            ("run/a%0A%00b", "run/a\n\0b"), ("run/%25", "run/%"),
        ])
    func decodes(_ listed: String, _ key: String) throws {
        #expect(try page([listed]).objects.map(\.key) == [ExactString(key)])
        #expect(try page([], prefixes: [listed + "/"]).prefixes == [ExactString(key + "/")])
    }

    @Test("A store that does not know encoding-type lists keys as they are")
    func plain() throws {
        #expect(try page(["run/a+b%20c"], encoding: nil).objects.map(\.key) == ["run/a+b%20c"])
    }

    @Test(
        "What cannot be is refused",
        arguments: [
            "other-run/x", "ru", "", "/run/a", "run", "run/../x", "run/..", "run/a/../../b", "run/%2E%2E/x", "run/%2",
            "run/%zz", "run/%+1", "run/%FF",
        ])
    func refuses(_ key: String) {
        #expect(throws: S3Failure.self) { try page(["run/good", key]) }
        #expect(throws: S3Failure.self) { try page([], prefixes: [key]) }
    }

    @Test("Dots in names are no way upwards", arguments: ["run/..a", "run/a..", "run/...", "run/a..b/c", "run/./a"])
    func dots(_ key: String) throws { #expect(try page([key]).objects.map(\.key) == [ExactString(key)]) }

    @Test("Sizes", arguments: ["-5", "", "1.5", "99999999999999999999", "x"])
    func sizes(_ size: String) {
        #expect(throws: S3Failure.self) { try page(["run/a"], size: size) }
    }
}
