import RunOutputs
import Testing
import UploadPlanning

@Suite("Why a file is uploaded, or not")
struct ReasonTests {
    private static let plan = """
        parameters:
          job_status: {default: failure}
        uploads:
          logs:
            from: build
            include: ["**/*.log"]
            exclude: ["tmp/**"]
            to: root
          all: {when: {job_status: success}, from: build, to: tarballs}
          page: {file: build/page.html, to: root_index}
        """

    private func reasons(_ name: String) throws -> (text: String, isThere: Bool)? {
        let bound = try bound(Self.plan)
        let listing = TreeListing(paths: ["build/a.log", "build/tmp/b.log", "build/c.txt", "build/page.html"])
        let inventory = listing.inventory(answering: bound.inventoryRequest)
        let upload = try [bound].planned(with: inventory).upload
        return upload.reasons(for: name, plans: [bound], inventory: inventory)
    }

    @Test(
        "A path names the rules that look at it, the pattern, and where it goes",
        arguments: [
            (
                "build/a.log",
                [
                    "takes it: '**/*.log' (line 8) matches", "condition not met: job_status is 'failure'",
                    "→ s3://bucket/1-linux/a.log",
                ]
            ),
            ("./build//tmp/b.log", ["exclude 'tmp/**' (line 9) removes it", "→ nowhere"]),
            ("build/c.txt", ["no include matches: '**/*.log'", "→ nowhere"]),
            ("build/page.html", ["takes it by name", "→ s3://bucket/1-linux/index.html"]),
        ])
    func path(name: String, expected: [String]) throws {
        let (text, isThere) = try #require(try reasons(name))
        #expect(isThere)
        for part in expected { #expect(text.contains(part), "\(text)") }
    }

    @Test("A key names the rule and the file", arguments: ["a.log", "1-linux/a.log", "s3://bucket/1-linux/a.log"])
    func key(name: String) throws {
        #expect(try reasons(name)?.text == "s3://bucket/1-linux/a.log\n  rule logs  plan.yaml:6  from build/a.log\n")
    }

    @Test("A key that no rule makes names the rules that upload there")
    func missingKey() throws {
        let (text, isThere) = try #require(try reasons("tarballs/a.log"))
        #expect(!isThere)
        #expect(text.contains("no rule makes this key"))
        #expect(
            text.contains("rule all  plan.yaml:11  uploads below s3://bucket/1-linux/tarballs: job_status is 'failure'")
        )
    }

    @Test("What nobody knows has no reasons")
    func unknown() throws { #expect(try reasons("s3://other/x") == nil) }

    @Test(
        "The nearest name is suggested",
        arguments: [
            ("build/a.lgo", "build/a.log"), ("elsewhere/page.html", "build/page.html"),
            ("s3://bucket/1-linux/a.lg", "s3://bucket/1-linux/a.log"),
        ])
    func nearest(name: String, expected: String) throws {
        let upload = try planned(
            Self.plan, files: ["build/a.log", "build/tmp/b.log", "build/c.txt", "build/page.html"]
        ).upload
        #expect(upload.nearest(to: name) == expected)
    }
}
