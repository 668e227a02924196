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

    private func snapshot(_ plan: String, files: [String] = PlanDiffTests.files) throws -> PlanSnapshot {
        let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        return try planned(plan, files: files).upload.snapshot(below: root)
    }

    private func diff(_ new: String) throws -> PlanDiffText {
        PlanDiffText(PlanDiff(from: try snapshot(Self.old), to: try snapshot(new)))
    }

    @Test("A plan does not differ from itself")
    func same() throws {
        #expect(try diff(Self.old).text() == "No differences: 3 objects unchanged.\n")
    }

    @Test("What appears, vanishes, moves and changes is told by rule, with a total")
    func differences() throws {
        let text = try diff(
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
                logs
                  - a.log  ← build/a.log
                  > sub/c.log → tarballs/sub/c.log  ← build/sub/c.log
                packed
                  ~ all.zip  contents +b.txt, existing 'replace' → 'keep'
                texts
                  + b.txt  ← build/b.txt

                Differences: 1 appears, 1 vanishes, 1 moves, 1 changes, 0 unchanged.

                """)
    }

    @Test("A renamed rule moves nothing")
    func renamed() throws {
        #expect(try diff(Self.old.replacing("logs:", with: "log-files:")).diff.isEmpty)
    }

    @Test("JSON has a change to a line")
    func json() throws {
        let text = try diff("uploads:\n  logs: {from: build, include: [\"**/*.log\"], to: tarballs}\n").json()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let changes = try #require(object?["changes"] as? [[String: Any]])
        #expect(changes.map { $0["change"] as? String } == ["removed", "moved", "moved"])
        #expect(object?["format"] as? String == "therock-upload/diff/v1")
    }

    @Test("Markdown stays below the limit of a comment, and says how much is not shown")
    func markdown() throws {
        let files = (0..<3000).map { "build/directory/number-\($0)/file.log" }
        let new = try snapshot("uploads:\n  logs: {from: build, to: tarballs}\n", files: files)
        let diff = PlanDiff(from: try snapshot("uploads:\n  logs: {from: build, to: root}\n", files: files), to: new)
        let text = PlanDiffText(diff).markdown()
        #expect(text.utf8.count <= PlanDiffText.commentLimit)
        let shown = text.split(separator: "\n").count { $0.hasPrefix("! moves: ") }
        #expect(text.contains("… and \(3000 - shown) more;"))
        #expect(shown > 100)
    }

    @Test("A hundred thousand objects are compared without loops in loops")
    func large() throws {
        let files = (0..<20_000).map { "build/\($0 % 100)/\($0).log" }
        let old = try snapshot("uploads:\n  logs: {from: build, to: root}\n", files: files)
        let new = try snapshot("uploads:\n  logs: {from: build, to: tarballs}\n", files: files)
        #expect(PlanDiff(from: old, to: new).changes.count == 20_000)
    }
}

@Suite("Lock files")
struct PlanLockTests {
    private func snapshot(_ files: [String]) throws -> PlanSnapshot {
        let plan = """
            uploads:
              logs: {from: build, to: root, object: {cache_control: "max-age=1, x=y", metadata: {a: "b"}}}
              packed:
                archive: {format: zip, name: all.zip, from: build}
                to: {artifact: {filename: all.zip}}
            """
        let root = try RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        return try planned(plan, files: files).upload.snapshot(below: root)
    }

    @Test(
        "What is written is read",
        arguments: [
            ["build/a"], ["build/tab\tin", "build/back\\slash\\t", "build/(odd)"], ["build/é", "build/line\nbreak"],
        ])
    func roundTrip(files: [String]) throws {
        let snapshot = try snapshot(files)
        #expect(try PlanSnapshot(lock: snapshot.lockText) == snapshot)
    }

    @Test("The same layout gives the same bytes")
    func stable() throws {
        #expect(try snapshot(["build/a", "build/b"]).lockText == snapshot(["build/b", "build/a"]).lockText)
    }

    @Test("What is no lock file is refused at its line", arguments: [("version: 1\n", 1), ("# x\n\tmember\n", 2)])
    func refused(text: String, line: Int) {
        let error = #expect(throws: PlanSnapshot.InvalidLock.self) { try PlanSnapshot(lock: text) }
        #expect(error?.line == line)
    }
}
