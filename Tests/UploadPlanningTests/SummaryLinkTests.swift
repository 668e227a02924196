import RunOutputs
import Testing
import UploadPlanning

@Suite("Links of summaries and outputs")
struct SummaryLinkTests {
    private static let directory = ObjectLinks(areInBucket: false) { "file:///out/\($0.key)" }

    private static func summary(
        _ tail: String, stored keys: [String: [String]], _ links: ObjectLinks = .aws
    ) throws -> RunSummary {
        try [RunSummaryTests.plan(tail)].summary(of: RunSummaryTests.stored(keys), links)
    }

    @Test("lead to the directory that was uploaded to, and name no bucket")
    func directory() throws {
        let tail = """
            summary: [link: {title: Logs, to: log_dir}, markdown: "${archive.s3_uri}"]
            outputs: {url: "${archive.url}", key: "${archive.key}"}
            """
        let keys = ["logs": ["logs/gfx94X-dcgpu/a.log"], "archive": ["logs/gfx94X-dcgpu/a.zip"]]
        let summary = try Self.summary(tail, stored: keys, Self.directory)
        #expect(summary.entries == ["[Logs](file:///out/7-linux/logs/gfx94X-dcgpu)"])
        #expect(
            summary.outputs.map(\.value) == [
                "file:///out/7-linux/logs/gfx94X-dcgpu/a.zip", "7-linux/logs/gfx94X-dcgpu/a.zip",
            ])
        #expect(summary.omissions.map(\.reason) == [.noBucket])
    }

    @Test(
        "that go on behind a rule's URL are written for a directory only if there is something",
        arguments: [("/index.html", false), ("/a.log", true), ("/sub", true), (" and more", true), ("/a.lo", false)])
    func path(rest: String, isWritten: Bool) throws {
        let tail = "outputs: {url: \"${logs.url}\(rest)\"}"
        let keys = ["logs": ["logs/gfx94X-dcgpu/a.log", "logs/gfx94X-dcgpu/sub/b.log"]]
        #expect(try Self.summary(tail, stored: keys, Self.directory).outputs.isEmpty == !isWritten)
        #expect(try Self.summary(tail, stored: keys).outputs.count == 1, "a server may make the page")
    }

    @Test(
        "to a page of the server are written if something is below it in a bucket, and the conditions hold",
        arguments: [
            ("log_index, server_page: true", "logs/gfx94X-dcgpu/sub/b.log", true),
            ("log_index, server_page: true", "logs/other/b.log", false),
            ("root_index, server_page: true", "logs/other/b.log", true),
            ("log_index", "logs/gfx94X-dcgpu/b.log", false),
            ("root_index, server_page: true, when: {artifact_group: gfx94X-dcgpu}", "logs/other/b.log", true),
            ("root_index, server_page: true, when: {artifact_group: gfx1151}", "logs/other/b.log", false),
            ("root_index, server_page: true, when: {run.platform: windows}", "logs/other/b.log", false),
        ])
    func serverPage(link: String, key: String, isWritten: Bool) throws {
        let tail = "summary: [link: {title: Page, to: \(link)}]"
        #expect(try Self.summary(tail, stored: ["logs": [key]]).entries.isEmpty == !isWritten)
        let local = try Self.summary(tail, stored: ["logs": [key]], Self.directory)
        #expect(local.entries.isEmpty, "nothing makes pages of a directory")
    }

    @Test("repeat for each page that a rule wrote, below a heading")
    func pages() throws {
        let tail = """
            \u{20} pages: {index: {of: [logs], each_directory: true}, to: log_dir}
            summary:
              - for_each_page:
                  of: pages
                  heading: "Pages of ${artifact_group}:"
                  markdown: "- [${page.directory}](${page.url}) ${page.key} ${page.s3_uri}"

            """
        let keys = ["pages": ["logs/gfx94X-dcgpu/b+c/index.html", "logs/gfx94X-dcgpu/a/x/index.html"]]
        let base = "7-linux/logs/gfx94X-dcgpu"
        let https = "https://b.s3.amazonaws.com/\(base)"
        let summary = try Self.summary(tail, stored: keys)
        #expect(
            summary.entries == [
                """
                Pages of gfx94X-dcgpu:
                - [a/x](\(https)/a/x/index.html) \(base)/a/x/index.html s3://b/\(base)/a/x/index.html
                - [b+c](\(https)/b%2Bc/index.html) \(base)/b+c/index.html s3://b/\(base)/b+c/index.html
                """
            ])
        #expect(try Self.summary(tail, stored: ["logs": ["logs/gfx94X-dcgpu/a"]]).entries.isEmpty)
    }

    @Test("A text may depend on what rules stored without naming it")
    func ifStored() throws {
        let tail = "outputs: {kind: {text: {value: \"x ${artifact_group}\", if_stored: [archive, tarball]}}}"
        #expect(
            try Self.summary(tail, stored: ["tarball": ["tarballs/t"]]).outputs.map(\.value) == ["x gfx94X-dcgpu"])
        let nothing = try Self.summary(tail, stored: ["logs": ["logs/gfx94X-dcgpu/a"]])
        #expect(nothing.outputs.isEmpty && nothing.omissions.count == 1)
    }
}
