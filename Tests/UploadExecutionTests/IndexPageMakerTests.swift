import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("Index pages")
struct IndexPageMakerTests {
    /// After a change that is meant, run once with `RECORD_GOLDEN=1` and look at the page in a browser:
    /// `scripts/test-index-page.sh`.
    @Test("Look like the recorded ones", arguments: Example.allCases)
    func golden(example: Example) async throws {
        let page = try await example.page()
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/index-pages/\(example.rawValue).html")
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try page.write(to: golden, atomically: true, encoding: .utf8)
            Issue.record("recorded \(golden.lastPathComponent)")
        } else {
            #expect(try page == String(contentsOf: golden, encoding: .utf8))
        }
    }

    @Test(
        "Links are relative and percent-encoded",
        arguments: [
            ("rocm-7.2.0+local-py3-none-any.whl", "rocm-7.2.0%2Blocal-py3-none-any.whl"), ("a:b.log", "a%3Ab.log"),
            ("sub/dir/a b.log", "sub/dir/a%20b.log"), ("100%.log", "100%25.log"), ("q?a#b.log", "q%3Fa%23b.log"),
            ("ü.log", "%C3%BC.log"), ("e\u{301}", "e%CC%81"),
        ])
    func links(name: String, link: String) async throws {
        let page = try await Example.page(names: [name])
        #expect(page.contains("<a href=\"\(link)\">\(name)</a>"))
    }

    @Test("A link to an object that is not below the page goes upwards, or to its bucket")
    func linksOutside() async throws {
        let above = OutputLocation(bucket: "bucket", key: "1-linux/manifests/m+.json")
        let elsewhere = OutputLocation(bucket: "other", key: "1-linux/logs/gfx/x+.log")
        let objects = [above, elsewhere].map { IndexedObject(location: $0, size: 1, modified: nil) }
        let page = try await Example.page(objects: objects)
        #expect(page.contains("<a href=\"../../manifests/m%2B.json\">../../manifests/m+.json</a>"))
        #expect(page.contains("<a href=\"https://other.s3.amazonaws.com/1-linux/logs/gfx/x%2B.log\">x+.log</a>"))
    }

    @Test(
        "Times are in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00Z", "1970-01-01 00:00"), (-1, "1969-12-31T23:59:59Z", "1969-12-31 23:59"),
            (1_762_877_928_999_999_999, "2025-11-11T16:18:48Z", "2025-11-11 16:18"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z", "2000-02-29 00:00"),
            (Int64.max, "2262-04-11T23:47:16Z", "2262-04-11 23:47"),
        ] as [(Int64, String, String)])
    func times(nanoseconds: Int64, dateTime: String, text: String) async throws {
        let object = IndexedObject(location: Example.directory.appending("a"), size: 1, modified: nanoseconds)
        #expect(try await Example.page(objects: [object]).contains("<time datetime=\"\(dateTime)\">\(text)</time>"))
    }

    @Test("The sum is shown only if every size is known")
    func sum() async throws {
        let known = IndexedObject(location: Example.directory.appending("a"), size: 1536, modified: nil)
        let kept = IndexedObject(location: Example.directory.appending("b"), size: nil, modified: nil)
        #expect(try await Example.page(objects: [known, known]).contains("<caption>2 files, 3.0 KiB</caption>"))
        #expect(try await Example.page(objects: [known, kept]).contains("<caption>2 files</caption>"))
    }

    @Test("A blank title gives way to the directory", arguments: ["", " \u{a0}"])
    func blankTitle(title: String) async throws {
        #expect(try await Example.page(title: title).contains("<title>1-linux/logs/gfx</title>"))
    }
}

// MARK: - Examples

/// Pages that are recorded.
enum Example: String, CaseIterable, CustomTestStringConvertible {
    case logs, empty, wheels

    static let directory = OutputLocation(bucket: "bucket", key: "1-linux/logs/gfx")

    var testDescription: String { rawValue }

    func page() async throws -> String {
        switch self {
        case .empty: return try await Self.page(title: "gfx94X-dcgpu", parent: nil)
        case .wheels:
            let names = [
                "rocm-7.2.0+local.tar.gz", "rocm-7.2.0+local-py3-none-any.whl",
                "rocm_sdk_libraries_gfx94X_dcgpu-7.2.0+devrocm7f3a9e41c0b2d8e6f5a4938271605f4e3d2c1b0a-py3-none-linux_x86_64.whl",
            ]
            return try await Self.page(title: "python", names: names)
        case .logs:
            let names = [
                "<script>alert(\"x\")</script> & 'more'.log", "a:b+c d%.log", "amd-llvm_build.log", "line\nbreak.log",
                "therock-build-prof/comp-summary.html", "עברית\u{202E}gol.log", "中文-🚀.log", "  two  spaces  .log",
            ]
            var objects = names.enumerated().map { index, name in
                IndexedObject(
                    location: Self.directory.appending(name), size: Int64(index) * 1_234_567_890 / 7,
                    modified: 1_762_877_928_000_000_000 - Int64(index) * 86_461_000_000_000)
            }
            for (name, size) in [("ninja_logs.tar.gz", 4096), ("kept.bin", nil)] as [(String, Int64?)] {
                objects.append(IndexedObject(location: Self.directory.appending(name), size: size, modified: nil))
            }
            return try await Self.page(title: "Logs <of> \"gfx94X\" & more", objects: objects)
        }
    }

    static func page(title: String = "gfx", names: [String]) async throws -> String {
        let objects = names.map { name in
            IndexedObject(location: directory.appending(name), size: 1 << 20, modified: 1_762_877_928_000_000_000)
        }
        return try await page(title: title, objects: objects)
    }

    static func page(
        title: String = "gfx", parent: String? = "../../index-gfx%2B.html", objects: [IndexedObject] = []
    ) async throws -> String {
        let recipe = IndexRecipe(title: title, rules: [], operations: [], parent: parent)
        let bytes = try await IndexPageMaker().makeIndex(
            recipe, for: directory.appending("index.html"), listing: objects)
        return String(decoding: bytes, as: UTF8.self)
    }
}
