import Foundation
import RunOutputs
import Testing
import UploadPlanning

@Suite("Differences of plans")
struct PlanDiffTests {
    private static let files = ["build/a.log", "build/b.txt", "build/sub/c.log"]
    private static let old = """
        uploads:
          logs: {from: build, include: ["**/*.log"], to: root}
          packed:
            archive: {format: zip, name: all.zip, from: build, include: ["*.log"]}
            to: artifact
        """

    private func text(_ new: String, files: [String] = PlanDiffTests.files) throws -> PlanComparisonText {
        PlanComparisonText(
            PlanComparison(from: try .of(Self.old, files: Self.files), to: try .of(new, files: files)))
    }

    @Test("A plan does not differ from itself")
    func same() throws {
        #expect(try text(Self.old).text() == "No differences: the same behaviour; 3 objects unchanged.\n")
    }

    @Test("What plans say comes first, then what appears, vanishes, moves and changes, with a total")
    func differences() throws {
        let text = try text(
            """
            uploads:
              logs: {from: build, include: ["**/*.log"], exclude: [a.log], to: tarballs}
              texts: {from: build, include: ["*.txt"], to: root}
              packed:
                archive: {format: zip, name: all.zip, from: build, include: ["*"]}
                to: artifact
                existing: keep
            """
        ).text()
        #expect(
            text == """
                behaviour
                  ! rule 'logs' now leaves out 'a.log'
                  ! the archive of rule 'packed' now takes '*' instead of '*.log'
                  ~ rule 'logs' uploads to 'tarballs' instead of 'root'
                  ~ rule 'packed' treats objects that exist differently (`existing`: 'replace' → 'keep')
                  ~ rule 'texts' is new: it uploads files of 'build' to root

                with the files
                  logs
                    - a.log  ← build/a.log
                    > sub/c.log → tarballs/sub/c.log  ← build/sub/c.log
                  packed
                    ~ all.zip  contents +b.txt, existing 'replace' → 'keep'
                  texts
                    + b.txt  ← build/b.txt

                Differences: 5 changes of behaviour; 1 appears, 1 vanishes, 1 moves, 1 changes, 0 unchanged.

                """)
    }

    @Test("Where no destination changes, only that is said")
    func behaviourAlone() throws {
        let text = try text(Self.old.replacing("to: artifact", with: "to: artifact\n    best_effort: true")).text()
        #expect(text.hasSuffix("Differences: 1 change of behaviour; no destination changes, 3 objects unchanged.\n"))
    }

    @Test("A renamed rule moves nothing")
    func renamed() throws {
        let comparison = try text(Self.old.replacing("logs:", with: "log-files:")).comparison
        #expect(comparison.scenarios.map(\.isEmpty) == [true])
        #expect(comparison.behaviour.map(\.words) == ["rule 'logs' is now called 'log-files'"])
    }

    @Test("What moves together is one line, and the odd one out another")
    func folded() throws {
        let old = "uploads:\n  r: {from: build, to: root}\n  m: {file: m.json, to: manifest_root}\n"
        let new =
            "uploads:\n  r: {from: build, to: {log_subdir: {path: moved}}}\n  m: {file: m.json, to: {artifact: {filename: m.json}}}\n"
        let files = (100..<300).map { "build/x/f\($0).log" } + ["m.json"]
        let comparison = PlanComparison(from: try .of(old, files: files), to: try .of(new, files: files))
        let text = PlanComparisonText(comparison).text()
        #expect(text.contains("> 200 objects move from ./ to logs/moved/  (f100.log, f101.log, …)"), "\(text)")
        #expect(text.contains("manifests/therock_manifest.json → m.json"), "\(text)")
        #expect(text.split(separator: "\n").count < 15)
    }

    @Test("A test of the plan is a situation of its own, and named")
    func scenarios() throws {
        let old = """
            parameters: {kind: {default: a}}
            uploads:
              r: {when: {kind: b}, from: build, to: root, missing: skip}
              s: {from: build, to: tarballs}
            tests:
              - {name: kind b, set: {kind: b}, given: [build/x], expect: [x, tarballs/x]}
              - {name: kind a, given: [build/x], expect: [tarballs/x]}

            """
        let new = old.replacing("to: root, missing", with: "to: {log_subdir: {path: y}}, missing")
        let comparison = PlanComparison(
            from: try .of(old, files: ["build/x"], tests: true), to: try .of(new, files: ["build/x"], tests: true))
        #expect(comparison.scenarios.map(\.isEmpty) == [true, false, true])
        let text = PlanComparisonText(comparison).text()
        #expect(text.contains("with the test 'kind b'\n  r\n    > x → logs/y/x  ← build/x\n"), "\(text)")
        #expect(text.contains("no destination changes, 1 object unchanged; objects of 1 of 2 tests differ."), "\(text)")
    }

    @Test("JSON has a change to a line")
    func json() throws {
        let text = try text("uploads:\n  logs: {from: build, include: [\"**/*.log\"], to: tarballs}\n").json()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let changes = try #require(object?["changes"] as? [[String: Any]])
        #expect(changes.map { $0["change"] as? String } == ["removed", "moved", "moved"])
        let behaviour = try #require(object?["behaviour"] as? [[String: Any]])
        #expect(behaviour.map { $0["gravity"] as? String } == ["loss", "destination"])
        #expect(object?["format"] as? String == "therock-upload/diff/v1")
        #expect(object?["outcome"] as? String == "different")
    }

    @Test("What could not be compared is told in every format")
    func problems() throws {
        let text = PlanComparisonText(PlanComparison(problems: ["there is no build tree"]))
        for rendering in [text.text(), text.json(), text.markdown()] {
            #expect(rendering.contains("there is no build tree"), "\(rendering)")
            #expect(!rendering.contains("No differences"), "\(rendering)")
        }
        #expect(text.json().contains("\"outcome\": \"not_compared\""))
    }

    @Test("Markdown shows the three most important changes above the fold")
    func mostImportant() throws {
        let new = """
            uploads:
              logs: {from: build, include: ["**/*.log"], to: tarballs, allow_secrets: ["**"]}
              texts: {from: build, include: ["*.txt"], to: root}
            """
        let text = try text(new).markdown()
        let (head, _) = try #require(
            text.range(of: "<details>").map { (text[..<$0.lowerBound], text[$0.lowerBound...]) })
        let bullets = head.split(separator: "\n").filter { $0.hasPrefix("- ") }
        #expect(bullets.count == 3)
        #expect(bullets.allSatisfy { $0.contains("secrets") || $0.contains("packed") }, "\(bullets)")
    }

    @Test("Markdown stays below the limit of a comment, and says how much is not shown")
    func markdown() throws {
        let files = (0..<3000).map { "build/directory/number-\($0)/file-\($0).log" }
        let old = "uploads:\n  logs: {from: build, to: root}\n"
        let new = "uploads:\n  logs: {from: build, flatten: true, include: [\"directory/*/*\"], to: tarballs}\n"
        let comparison = PlanComparison(from: try .of(old, files: files), to: try .of(new, files: files))
        let text = PlanComparisonText(comparison).markdown()
        #expect(text.utf8.count <= PlanComparisonText.commentLimit)
        let shown = text.split(separator: "\n").count { $0.hasPrefix("! ") }
        #expect(text.contains("… and \(3000 + comparison.behaviour.count - shown) more;"), "\(text.suffix(200))")
        #expect(shown > 100)
    }

    @Test("A hundred thousand objects are compared without loops in loops")
    func large() throws {
        let files = (0..<20_000).map { "build/\($0 % 100)/\($0).log" }
        let old = try PlanRecord.of("uploads:\n  logs: {from: build, to: root}\n", files: files)
        let new = try PlanRecord.of("uploads:\n  logs: {from: build, to: tarballs}\n", files: files)
        #expect(PlanComparison(from: old, to: new).scenarios[0].diff.changes.count == 20_000)
    }
}

@Suite("Lock files")
struct PlanLockTests {
    private static let plan = """
        parameters: {kind: {default: a, replace: {"/": "-"}}}
        uploads:
          logs:
            from: build
            to: root
            object: {cache_control: "max-age=1, x=y", metadata: {a: "b"}, tags: {"team/a b": "t"}}
          packed:
            archive: {format: zip, name: all.zip, from: build}
            to: {artifact: {filename: all.zip}}
        summary: [markdown: "tab\there"]
        tests: [{name: "a/b\tc", set: {kind: x}, given: [build/a], expect: [a, all.zip]}]

        """

    private func record(_ files: [String]) throws -> PlanRecord { try .of(Self.plan, files: files, tests: true) }

    @Test(
        "What is written is read",
        arguments: [
            ["build/a"], ["build/tab\tin", "build/back\\slash\\t", "build/(odd)"], ["build/é", "build/line\nbreak"],
            ["build/\u{301}x", "build/@plan", "build/#", "build/!x"],
        ])
    func roundTrip(files: [String]) throws {
        let record = try record(files)
        #expect(try PlanRecord(lock: record.lockText) == record)
    }

    @Test("Line breaks of Windows and a byte order mark change nothing")
    func lineBreaks() throws {
        let record = try record(["build/a", "build/b"])
        let text = "\u{FEFF}" + record.lockText.replacing("\n", with: "\r\n")
        #expect(try PlanRecord(lock: text) == record)
    }

    @Test("The same layout gives the same bytes")
    func stable() throws {
        #expect(try record(["build/a", "build/b"]).lockText == record(["build/b", "build/a"]).lockText)
    }

    @Test("Rules that fail are part of it")
    func failures() throws {
        let record = try record([])
        #expect(record.scenarios[0].failures.map(\.rule) == ["logs", "packed"])
        #expect(try PlanRecord(lock: record.lockText) == record)
    }

    @Test("Another vocabulary or policy is told, and is not a difference of the plan")
    func versions() throws {
        let old = try record(["build/a"])
        var new = old
        new.versions = .init(layout: "other", policy: "other")
        let comparison = PlanComparison(from: old, to: new)
        #expect(comparison.isEmpty && comparison.problems.isEmpty)
        #expect(comparison.notes.count == 2)
    }

    private static let head = "# therock-upload lock v2\n"

    @Test(
        "What is not a lock file is refused, at its line where one is wrong",
        arguments: [
            ("version: 1\n", 1, "does not begin"), (head + "\tmember\n", 2, "not a line of a lock"),
            (head + "@files\n\tmember\n", 3, "not a line of a lock"),
            (head + "@files\nrule\tkey\n", 3, "not a line of a lock"),
            ("# therock-upload lock v1\nlogs\ta\tb\n", 1, "format 1"),
            ("# therock-upload lock v3\n", 1, "newer version"),
            ("", nil, "is empty"), ("\r\n", nil, "is empty"), (head, nil, "is empty"),
            (head + "@files\n", nil, "is empty"),
            (head + "@plan\tdemo\n<<<<<<< HEAD\nname\tdemo\n=======\nname\tother\n>>>>>>> branch\n", 3, "merge"),
            (head + "@plan\tdemo\r\n=======\r\n", 3, "merge"),
        ] as [(String, Int?, String)])
    func refused(text: String, line: Int?, problem: String) {
        let error = #expect(throws: PlanRecord.InvalidLock.self) { try PlanRecord(lock: text) }
        #expect(error?.line == line)
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("--update-lock") == true)
    }
}

@Suite("Differences of bucket policies")
struct PolicyComparisonTests {
    private static let policy = """
        version: 1
        release_types: [nightly]
        rules:
          - name: libraries
            when: {repository: ROCm/rocm-libraries, run_before: 2025-11-11T16:18:49Z}
            bucket: bucket-old
            external_prefix: true
            region: us-east-2
          - {name: nightly, when: {release_type: nightly}, bucket: bucket-nightly, external_prefix: false, region: us-east-2}
          - {name: all, bucket: bucket-ci, external_prefix: false, region: us-east-2}

        """

    private func words(_ old: String, _ new: String) throws -> [String] {
        func side(_ text: String) throws -> (policy: BucketPolicy, behaviour: Behaviour) {
            let bytes = Array(text.utf8)
            return (
                try BucketPolicy.read(bytes, file: "buckets.yaml"),
                try #require(Behaviour.ofPolicy(bytes, name: "buckets.yaml"))
            )
        }
        return PlanComparison(from: try side(old), to: try side(new)).behaviour.map(\.words)
    }

    @Test("A policy does not differ from itself, nor by its comments")
    func same() throws { #expect(try words(Self.policy, "# comment\n" + Self.policy).isEmpty) }

    @Test("It is told which runs move to another bucket")
    func moves() throws {
        let words = try words(Self.policy, Self.policy.replacing("bucket: bucket-old", with: "bucket: bucket-new"))
        #expect(
            words.first
                == "runs of ROCm/rocm-libraries (that changed last at 2000-01-01T00:00:00Z): "
                + "bucket bucket-old (us-east-2, below ROCm-rocm-libraries/) → bucket bucket-new (us-east-2, below ROCm-rocm-libraries/)"
        )
        #expect(words.contains("bucket rule 'libraries': `bucket`: 'bucket-old' → 'bucket-new'"))
    }

    @Test("The order of rules counts")
    func order() throws {
        let lines = Self.policy.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let nightly = try #require(lines.firstIndex { $0.contains("name: nightly") })
        var swapped = lines
        swapped.swapAt(nightly, nightly + 1)
        let words = try words(Self.policy, swapped.joined(separator: "\n"))
        #expect(
            words.contains {
                $0.hasPrefix("runs of any other repository (of release type nightly): bucket bucket-nightly")
            }, "\(words)")
    }
}
