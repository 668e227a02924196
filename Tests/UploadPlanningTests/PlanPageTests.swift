import Foundation
import RunOutputs
import Testing
import UploadPlanning

@Suite("Pages and summaries")
struct PlanPageTests {
    private func upload() throws -> PlannedUpload {
        try planned(
            "uploads:\n  logs: {from: build, exclude: [\"*.tmp\"], to: root}\n",
            files: ["build/</script><b>|`x`.log", "build/a.tmp", "build/\u{2028}.log"]
        ).upload
    }

    @Test("No file name ends the page's data or becomes markup")
    func hostileNames() throws {
        let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        let page = PlanPage(try upload(), root: root, chosenBy: "bucket chosen by --bucket").text()
        let start = try #require(page.range(of: "<script type=\"application/json\" id=\"plan\">"))
        let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
        let json = page[start.upperBound..<end.lowerBound]
        let data = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let operations = try #require(data?["operations"] as? [[Any]])
        #expect(operations.map { $0[1] as? String } == ["</script><b>|`x`.log", "\\u{2028}.log"])
        #expect((data?["skipped"] as? [[Any]])?.count == 1)
        #expect(!page.contains("https://") && !page.contains("http://"), "the page needs no network")
    }

    @Test(
        "Characters that a reader does not see as they are come spelled out, wherever a name is shown",
        arguments: ["\u{202E}", "\u{2066}", "\u{200B}", "\u{FEFF}", "\u{2028}"])
    func invisible(character: String) throws {
        let name = "a\(character)gnp.log"
        let plan = """
            uploads:
              logs: {from: build, exclude: ["a?gnp.log"], to: root}
              more: {from: more, include: ["*.log"], to: tarballs}
              bad: {file: none, to: {artifact: {filename: none}}}
            """
        let files = ["build/\(name)", "more/\(name)", "more/\(name).txt"]
        let upload = try planned(plan, files: files).upload
        let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        let page = PlanPage(upload, root: root, chosenBy: "bucket chosen by --bucket").text()
        #expect(!page.unicodeScalars.contains { String($0) == character })
        let scalar = try #require(character.unicodeScalars.first)
        #expect(page.contains("a\\\\u{\(String(scalar.value, radix: 16, uppercase: true))}gnp.log"))
    }

    @Test("A summary escapes what Markdown would act on")
    func markdown() throws {
        let text = PlanMarkdown(try upload(), heading: "run 1\n").text()
        #expect(text.contains("<code>1-linux/&lt;/script&gt;&lt;b&gt;&#124;`x`.log</code>"))
        #expect(text.contains("| logs | 2 |"))
    }

    @Test("A summary stays below its limit and says what is not shown")
    func limit() throws {
        let files = (0..<2000).map { "build/number-\($0).log" }
        let upload = try planned("uploads:\n  logs: {from: build, to: root}\n", files: files).upload
        let text = PlanMarkdown(upload, heading: "").text(limit: 20_000)
        #expect(text.utf8.count <= 20_000)
        let shown = text.split(separator: "\n").count { $0.hasPrefix("| <code>1-linux/number-") }
        #expect(text.contains("… and \(2000 - shown) more"))
    }
}
