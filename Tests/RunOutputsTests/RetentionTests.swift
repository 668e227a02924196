import MarkedYAML
import RunOutputs
import Testing

@Suite("How long objects are kept")
struct RetentionTests {
    @Test(
        "Days are read in one spelling",
        arguments: [
            ("1d", .days(1)), ("30d", .days(30)), ("36500d", .days(36_500)), ("forever", .forever),
        ] as [(String, Retention)])
    func reads(text: String, retention: Retention) {
        #expect(Retention(text) == retention)
        #expect(retention.text == text)
    }

    @Test(
        "Anything else is refused",
        arguments: ["", "d", "0d", "030d", "36501d", "30", "30 d", "-1d", "+1d", "1w", "Forever", "30D"])
    func refuses(text: String) { #expect(Retention(text) == nil) }

    private static let layout: Layout? = {
        let text = """
            version: 1
            name: t
            run:
              prefix: "${run_id}"
              arguments: {run_id: {identifies_run: true}}
            arguments: {group: {}, filename: {kind: filename}, path: {kind: path}, stage: {may_be_empty: true}}
            terms:
              root: {directory: "", retain: [{when: {release_type: [ci, dev]}, for: 30d}, {for: forever}]}
              artifact: {file: "${filename}", inside: root}
              logs: {directory: "logs/${group}", inside: root, retain: 7d, storage_class: STANDARD_IA}
              log: {file: "logs/${group}/${filename}", inside: logs}
              log_index: {file: "logs/${group}/index.html", inside: [log, logs], cache_control: no-cache, retain: 90d}
              stages: {directory: "stages/${stage}/${group}-x", inside: root, retain: forever}
              deep: {directory: "deep/${path}", inside: [root, logs]}
            """
        return (try? Node.parse(Array(text.utf8))).map { Layout(trusting: $0) }
    }()

    @Test(
        "The term that fits best decides, or what it lies inside",
        arguments: [
            ("a.tar.zst", "artifact", "30d"), ("logs/g/a.log", "log", "7d"), ("logs/g/index.html", "log_index", "90d"),
            ("logs/g/deep/a.log", "logs", "7d"), ("logs/a", "root", "30d"), ("other/a", "root", "30d"),
            ("stages/s/g-x/a", "stages", "forever"), ("stages/g-x/a", "stages", "forever"),
            ("stages/g/a", "root", "30d"), ("deep/a/b/c", "deep", "30d"),
        ])
    func places(path: String, term: String, retention: String) throws {
        let layout = try #require(Self.layout)
        #expect(layout.term(ofPath: path)?.name == term)
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux, releaseType: "dev", layout: layout)
        #expect(root.properties(ofPath: path).retention?.text == retention)
        let release = try RunOutputRoot(
            bucket: "b", runID: "7", platform: .linux, releaseType: "release", layout: layout)
        let expected = retention == "30d" ? "forever" : retention
        #expect(release.properties(ofPath: path).retention?.text == expected)
    }

    @Test("Class and cache control are those of the term, or of what it lies inside")
    func properties() throws {
        let layout = try #require(Self.layout)
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux, layout: layout)
        let index = root.properties(ofPath: "logs/g/index.html")
        #expect(index.cacheControl == "no-cache" && index.storageClass == "STANDARD_IA")
        #expect(layout.retentions.map(\.text) == ["7d", "30d", "90d", "forever"])
    }

    @Test("What is nowhere has no term", arguments: ["", "/a", "a//b"])
    func nowhere(path: String) throws {
        var layout = try #require(Self.layout)
        layout.terms.removeAll { $0.name == "root" }
        #expect(layout.term(ofPath: path) == nil)
    }

    @Test("Pinning and back leaves tags as they were, and touches nobody else's")
    func pinning() {
        let tags = ["therock:retain": "30d", "owner": "me"]
        let pinned = RetentionTag.pinning(tags)
        #expect(pinned == ["therock:pinned": "30d", "owner": "me"])
        #expect(RetentionTag.pinning(pinned) == pinned)
        #expect(RetentionTag.unpinning(pinned) == tags)
        #expect(RetentionTag.pinning(["owner": "me"]) == ["owner": "me"])
    }

    @Test("Copies have the tags of others, and ours for their own place")
    func copies() {
        let tags = ["therock:retain": "30d", "therock:pinned": "7d", "owner": "me"]
        #expect(RetentionTag.copied(tags, retention: nil) == ["owner": "me"])
        #expect(RetentionTag.copied(tags, retention: .forever) == ["owner": "me"])
        #expect(RetentionTag.copied(tags, retention: .days(5)) == ["owner": "me", "therock:retain": "5d"])
    }

    @Test("What is there gets the tag of its place, unless it is pinned")
    func placed() {
        #expect(RetentionTag.placed(["therock:retain": "30d", "a": "b"], retention: nil) == ["a": "b"])
        #expect(RetentionTag.placed([:], retention: .days(5)) == ["therock:retain": "5d"])
        #expect(RetentionTag.placed(["therock:pinned": "30d"], retention: .days(5)) == ["therock:pinned": "30d"])
    }
}
