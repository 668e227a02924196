import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("Summaries and outputs of plans")
struct RunSummaryTests {
    /// A plan with rules `logs` (a directory), `archive` (one object) and `tarball` (a directory with one file).
    static func plan(_ tail: String, file: String = "plan.yaml", group: String = "gfx94X-dcgpu") throws -> BoundPlan {
        let head = """
            version: 1
            name: test
            parameters: {artifact_group: {env: GROUP}}
            uploads:
              logs: {from: logs, to: log_dir}
              archive: {archive: {format: zip, from: build}, to: {log_file: {filename: a.zip}}}
              tarball: {from: dist, expect: {files: 1}, to: tarballs}

            """
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        return try ValidatedPlan.read(Array((head + tail).utf8), file: file)
            .bound(to: root, inputs: ParameterInputs(environment: ["GROUP": group]))
    }

    /// An upload of a plan's three rules that stored these keys below `7-linux/`.
    static func stored(_ keys: [String: [String]], plans: [String] = ["plan.yaml"]) throws -> StoredObjects {
        let here = SourcePosition(line: 1, column: 1)..<SourcePosition(line: 1, column: 2)
        var upload = PlannedUpload(rules: [], operations: [])
        for plan in plans {
            for (rule, keys) in keys.sorted(by: { $0.key < $1.key }) {
                let locations = keys.map { OutputLocation(bucket: "b", key: ExactString("7-linux/\($0)")) }
                let source = SourceFile(path: "f", version: FileVersion(size: 1, modified: 1))
                for location in locations {
                    upload.operations.append(
                        UploadOperation(
                            rule: upload.rules.count, source: .file(source), destination: location,
                            contentType: "text/plain"))
                }
                let directory = OutputLocation(bucket: "b", key: "7-linux")
                upload.rules.append(PlannedRule(plan: plan, name: rule, range: here, destination: directory))
            }
        }
        return StoredObjects(of: upload) { !upload.operations[$0].destination.key.text.hasSuffix(".failed") }
    }

    static func summary(_ tail: String, stored keys: [String: [String]]) throws -> RunSummary {
        try [plan(tail)].summary(of: stored(keys))
    }

    static let base = "https://b.s3.amazonaws.com/7-linux"

    @Test("A link to an object that was stored is followed by a blank line, as in the original")
    func link() throws {
        let summary = try Self.summary(
            "summary: [link: {title: Build Logs, to: log_index}, link: {title: Manifest, to: manifest}]",
            stored: [
                "logs": ["logs/gfx94X-dcgpu/index.html"], "archive": ["manifests/gfx94X-dcgpu/therock_manifest.json"],
            ])
        #expect(
            summary.markdown == """
                [Build Logs](\(Self.base)/logs/gfx94X-dcgpu/index.html)

                [Manifest](\(Self.base)/manifests/gfx94X-dcgpu/therock_manifest.json)


                """)
        #expect(summary.omissions.isEmpty)
    }

    @Test(
        "A link to an object that is not there is left out, and it is said why",
        arguments: [
            ["logs/gfx94X-dcgpu/other.log"], ["logs/gfx94X-dcgpu/index.html.failed"],
            ["logs/gfx94X-dcgpu/index.html/below"], [],
        ])
    func missingObject(keys: [String]) throws {
        let summary = try Self.summary("summary: [link: {title: Logs, to: log_index}]", stored: ["logs": keys])
        #expect(summary.entries.isEmpty)
        #expect(
            summary.omissions.map(\.description) == [
                "plan.yaml:8: summary link 'Logs' is left out: "
                    + "nothing was stored at s3://b/7-linux/logs/gfx94X-dcgpu/index.html"
            ])
    }

    @Test("A directory is there if an object is below it, and not if one only has a similar name")
    func directory() throws {
        let tail = "summary: [link: {title: Logs, to: log_dir}]"
        let below = try Self.summary(tail, stored: ["logs": ["logs/gfx94X-dcgpu/a/b.log"]])
        #expect(below.entries == ["[Logs](\(Self.base)/logs/gfx94X-dcgpu)"])
        let beside = try Self.summary(tail, stored: ["logs": ["logs/gfx94X-dcgpu-asan/b.log"]])
        #expect(beside.entries.isEmpty)
    }

    @Test("Titles are plain text: what Markdown would read is escaped, line breaks and control characters are shown")
    func title() throws {
        let summary = try Self.summary(
            #"summary: [link: {title: "a](https://e.org) `b` <i> *_\\ \n x", to: log_dir}]"#,
            stored: ["logs": ["logs/gfx94X-dcgpu/l"]])
        #expect(
            summary.entries == [
                #"[a\](https://e.org) \`b\` \<i> \*\_\\ \\u{A} x](\#(Self.base)/logs/gfx94X-dcgpu)"#
            ])
    }

    @Test("Markdown may name what rules uploaded: of an object, of the directory, and of a rule's only file")
    func references() throws {
        let tail = """
            summary:
              - markdown: |
                  [all](${logs.url}/index.html) ${artifact_group} $${x}
                  ${archive.s3_uri} ${archive.key} ${tarball.url}

            """
        let summary = try Self.summary(
            tail,
            stored: [
                "logs": ["logs/gfx94X-dcgpu/only.log"], "archive": ["logs/gfx94X-dcgpu/a.zip"],
                "tarball": ["tarballs/t 1+2.tar.gz"],
            ])
        #expect(
            summary.entries == [
                """
                [all](\(Self.base)/logs/gfx94X-dcgpu/index.html) gfx94X-dcgpu ${x}
                s3://b/7-linux/logs/gfx94X-dcgpu/a.zip 7-linux/logs/gfx94X-dcgpu/a.zip \
                \(Self.base)/tarballs/t%201%2B2.tar.gz

                """
            ])
    }

    @Test("Text that names a rule that stored nothing is left out; other text is always written")
    func textOfARuleThatStoredNothing() throws {
        let tail = """
            summary: [markdown: "see ${archive.url}", markdown: "group ${artifact_group}"]
            outputs: {a: "${archive.key}", b: "${artifact_group}"}
            """
        let summary = try Self.summary(tail, stored: ["logs": ["logs/gfx94X-dcgpu/a"], "archive": ["x.failed"]])
        #expect(summary.entries == ["group gfx94X-dcgpu"])
        #expect(summary.outputs == [.init(name: "b", value: "gfx94X-dcgpu")])
        #expect(
            summary.omissions.map(\.description) == [
                "plan.yaml:8: summary text is left out: rule 'archive' stored nothing",
                "plan.yaml:9: output 'a' is left out: rule 'archive' stored nothing",
            ])
    }

    @Test("Outputs are encoded URLs of locations, or text")
    func outputs() throws {
        let tail = """
            outputs:
              tarball_urls: '{"multiarch": "${tarball.url}"}'
              package_find_links_url: {log_file: {filename: a+b.log}}
            """
        let summary = try Self.summary(
            tail, stored: ["tarball": ["tarballs/d+e.tar.gz"], "logs": ["logs/gfx94X-dcgpu/a+b.log"]])
        #expect(
            summary.outputs == [
                .init(name: "tarball_urls", value: #"{"multiarch": "\#(Self.base)/tarballs/d%2Be.tar.gz"}"#),
                .init(name: "package_find_links_url", value: "\(Self.base)/logs/gfx94X-dcgpu/a%2Bb.log"),
            ])
    }

    @Test("Of several plans each names its own rules, and the last output of a name counts")
    func severalPlans() throws {
        let tail = "outputs: {url: \"${artifact_group}\"}\nsummary: [markdown: \"${logs.key} ${artifact_group}\"]"
        let plans = [try Self.plan(tail, group: "one"), try Self.plan(tail, file: "second.yaml", group: "two")]
        let stored = try Self.stored(["logs": ["logs/two/a"]], plans: ["second.yaml"])
        let summary = plans.summary(of: stored)
        #expect(summary.entries == ["7-linux/logs/two two"])
        #expect(summary.outputs == [.init(name: "url", value: "two")])
        #expect(
            summary.omissions.map(\.description) == [
                "plan.yaml:9: summary text is left out: rule 'logs' stored nothing",
                "plan.yaml:8: output 'url' is left out: the output of the same name at second.yaml:8 comes later",
            ])
    }

    @Test("A link whose place cannot be computed rejects the plan before anything is uploaded")
    func illegalArgument() throws {
        let tail = "summary: [link: {title: Log, to: {log_stage_dir: {stage: \"${artifact_group}\"}}}]"
        let error = #expect(throws: PlanRejected.self) { try Self.plan(tail, group: "a/b") }
        let link = try #require(error?.diagnostics.last)
        #expect(link.code == .illegalPathValue)
        #expect(link.message == "`stage` is 'a/b', which contains '/'")
        #expect(link.range?.lowerBound.line == 8)
    }
}
