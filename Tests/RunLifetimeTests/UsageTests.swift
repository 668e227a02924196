import MarkedYAML
import RunLifetime
import RunOutputs
import Testing
import UploadPlanning

@Suite("What a bucket holds")
struct UsageTests {
    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_795_651_500  // 2026-11-26T00:05:00Z

    private static func tally() -> UsageTally {
        var tally = UsageTally(.builtIn, receipts: "receipts", now: now)
        tally.add("7-linux/blas_lib_gfx94X.tar.zst", size: 1000, modified: now - 40 * day)
        tally.add("7-linux/logs/gfx94X/a.log", size: 10, modified: now - 39 * day)
        tally.add("8-linux/blas_lib_gfx94X.tar.zst", size: 2000, modified: now - 10)
        tally.add("8-linux/receipts/run.json", size: 5, modified: now)
        tally.add("8-linux/receipts/pin.json", size: 5, modified: nil)
        tally.add("a-b/9-linux/python/x.whl", size: 7, modified: now - 100 * day)
        tally.add("tmp/x", size: 3, modified: now - 100 * day)
        tally.add("stray", size: 2, modified: nil)
        tally.add("7-linux/old", size: 100, modified: now, isCurrent: false)
        return tally
    }

    @Test("Objects are counted by run, term and age")
    func counts() {
        let tally = Self.tally()
        #expect(Set(tally.runs.keys) == ["7-linux", "8-linux", "a-b/9-linux"])
        #expect(tally.runs["7-linux"]?.terms.mapValues(\.bytes) == ["artifact": 1000, "log_file": 10])
        #expect(tally.runs["8-linux"]?.hasRecord == true && tally.runs["8-linux"]?.hasPin == true)
        #expect(tally.runs["7-linux"]?.hasRecord == false && tally.runs["7-linux"]?.hasPin == false)
        #expect(tally.runs["7-linux"]?.sum.newest == Self.now - 39 * Self.day)
        #expect(tally.strays.mapValues(\.bytes) == ["tmp/": 3, "stray": 2])
        #expect(tally.ages.mapValues(\.objects) == [.day: 2, .quarter: 2, .older: 2, .unknown: 2])
        #expect(tally.total.objects == 8 && tally.total.bytes == 3032)
        #expect(tally.noncurrent.bytes == 100)
    }

    @Test("Objects of one directory are told apart by their names, whatever came before")
    func names() {
        let keys = [
            "manifests/g/a.json", "manifests/g/therock_manifest.json", "manifests/g/b.json", "logs/g/a.log",
            "logs/g/index.html", "logs/g/b.log", "logs/index.html", "logs/g/f/a.log", "logs/g/f/b.log",
            "logs/packaging/deb/a.log", "logs/packaging/deb/index.html", "logs/packaging/deb/b.log", "x",
            "index-g.html",
            "SHA256SUMS", "receipts/a-1.json", "python/a.whl", "python/index.html", "python/g/a.whl",
        ]
        for (first, second) in keys.flatMap({ first in keys.map { (first, $0) } }) {
            var tally = UsageTally(.builtIn, receipts: "receipts", now: Self.now)
            for key in [first, second] { tally.add("7-linux/\(key)", size: 1, modified: nil) }
            let expected = Set([first, second].map { Layout.builtIn.term(ofPath: $0)?.name ?? "" })
            #expect(Set(tally.runs["7-linux"]?.terms.keys.map(\.self) ?? []) == expected, "\(first) \(second)")
        }
    }

    @Test("Strays of many names are counted under one")
    func manyStrays() {
        var tally = UsageTally(.builtIn, receipts: "receipts", now: Self.now)
        for index in 0..<3000 { tally.add("stray-\(index)", size: 1, modified: nil) }
        #expect(tally.strays.count == 1001)
        #expect(tally.strays[UsageTally.others]?.objects == 2000)
    }

    @Test("The table, CSV, JSON and the page tell the same")
    func renderings() {
        var tally = Self.tally()
        tally.runs["7-linux"]?.branch = "main"
        tally.runs["7-linux"]?.pinReason = "=1+1, \"baseline\""
        var duplicates = UsageSum()
        duplicates.add(size: 1000, modified: nil)
        let report = UsageReport(tally, bucket: "b", source: "a listing", duplicates: duplicates)
        let table = report.table(style: .plain, showsAll: false)
        #expect(table.contains("\n    2.0 KiB          3  8-linux  (2026-11-26)\n"), "\(table)")
        #expect(table.contains("7-linux  (branch main, pinned: =1+1, \"baseline\", 2026-10-18)\n"), "\(table)")
        #expect(
            table.hasSuffix(
                "8 objects, 3.0 KiB, 3 runs · held more than once: 1 object, 1000 B · older versions: 1, 100 B\n"))
        #expect(
            report.csv.contains(
                "7-linux,artifact,1,1000,2026-10-17,2026-10-17,main,,\"'=1+1, \"\"baseline\"\"\"\n"), "\(report.csv)")
        #expect(report.csv.split(separator: "\n").count == 1 + 2 + 2 + 1 + 2)
        #expect(report.json.contains(#"{"prefix": "a-b/9-linux", "branch": null, "complete": null, "pinned": null, "#))
        #expect(report.page.contains(#"a-b/9-linux/python_packages", "1 object", 7, "newest of 2026-08-18""#))
        #expect(report.page.contains("Usage of s3://b"))
    }

    @Test(
        "Lines of inventories are read as documented",
        arguments: [
            (#""b","a%2Fb+c%2Bd.txt","12","2026-11-01T01:02:03.000Z","abc""#, "a/b c+d.txt", Int64(12)),
            ("b,plain,0,2026-11-01T01:02:03Z,", "plain", 0), (#""b","x,y","1","","""#, "x,y", 1),
            (#""b","say ""hi""","1","","""#, #"say "hi""#, 1),
        ])
    func inventoryLines(line: String, key: String, size: Int64) throws {
        let schema = try InventorySchema("Bucket, Key, Size, LastModifiedDate, ETag")
        let row = try schema.row(Array(line.utf8)[...], of: "b")
        #expect(row.key == key && row.size == size && row.isLatest && !row.isDeleteMarker)
        #expect(row.modified == (line.contains("2026") ? 1_793_494_923 : nil))
    }

    @Test(
        "Lines that are something else are refused",
        arguments: [
            #""b","k","1","""#, #""b","k","1","","","""#, #""other","k","1","","""#, #""b","k","-1","","""#,
            #""b","k","x","","""#, #""b","%zz","1","","""#, #""b","k","1","yesterday","""#, #""b"x,"k","1","","""#,
            #""b","k","1",""#, #""b","k","1","","a"#, "",
        ])
    func refusedLines(line: String) throws {
        let schema = try InventorySchema("Bucket, Key, Size, LastModifiedDate, ETag")
        #expect(throws: InvalidInventory.self) { try schema.row(Array(line.utf8)[...], of: "b") }
    }

    @Test("Inventories that do not tell keys and sizes are refused", arguments: ["", "Bucket, Key", "Bucket, Size"])
    func refusedSchemas(text: String) { #expect(throws: InvalidInventory.self) { try InventorySchema(text) } }

    private static let root: RunOutputRoot? = {
        let text = """
            version: 1
            name: t
            run: {prefix: "${run_id}", arguments: {run_id: {identifies_run: true}}}
            terms:
              root: {directory: ""}
              logs: {directory: logs, inside: root, retain: 7d}
            """
        guard let node = try? Node.parse(Array(text.utf8)) else { return nil }
        return try? RunOutputRoot(bucket: "b", runID: "x", platform: .linux, layout: Layout(trusting: node))
    }()

    /// Runs of these ages in days, the branch of every second one being known.
    private static func runs(_ ages: [Int64]) throws -> UsageTally {
        let root = try #require(root)
        var tally = UsageTally(root.layout, receipts: "receipts", now: now)
        for (index, age) in ages.enumerated() {
            tally.add("r\(index)/a", size: 10, modified: now - age * day)
            tally.add("r\(index)/logs/b", size: 1, modified: now - age * day)
            if index.isMultiple(of: 2) { tally.runs["r\(index)"]?.branch = "main" }
        }
        return tally
    }

    @Test(
        "Runs stay by number, age, branch or pin",
        arguments: [
            (2, nil, nil, ["r3", "r2", "r4"]), (nil, 30, nil, ["r2", "r4"]), (0, 100, nil, []),
            (1, 8, nil, ["r3", "r2", "r4"]),
            (1, nil, "main", ["r2", "r4"]), (nil, 1, "other", []), (0, nil, nil, ["r1", "r3", "r2", "r4"]),
        ] as [(Int?, Int?, String?, [String])])
    func expiry(last: Int?, days: Int?, branch: String?, going: [String]) throws {
        var tally = try Self.runs([0, 3, 40, 9, 99])
        tally.runs["r0"]?.pinReason = "baseline"
        let plan = ExpiryPlan(tally, .init(last: last, days: days, branch: branch), in: try #require(Self.root))
        #expect(plan.going.map(\.run.prefix) == going)
        #expect(plan.entries.map(\.run.prefix) == ["r0", "r1", "r3", "r2", "r4"])
    }

    @Test("Of runs of one second the greater id is the newer run")
    func tie() throws {
        var tally = try Self.runs([5, 5, 5])
        tally.runs["r10"] = tally.runs["r1"]
        tally.runs["r10"]?.prefix = "r10"
        let plan = ExpiryPlan(tally, .init(last: 2, days: nil, branch: nil), in: try #require(Self.root))
        #expect(plan.entries.map(\.run.prefix) == ["r10", "r2", "r1", "r0"])
        #expect(plan.going.map(\.run.prefix) == ["r1", "r0"])
    }

    @Test("A run does not become one of the newest by being pinned, or unpinned")
    func pinIsNoNews() throws {
        var tally = try Self.runs([0, 40])
        tally.add("r1/receipts/pin.json", size: 5, modified: Self.now)
        let run = try #require(tally.runs["r1"])
        #expect(run.hasPin && run.sum.objects == 3 && run.sum.newest == Self.now - 40 * Self.day)
        let plan = ExpiryPlan(tally, .init(last: 1, days: 30, branch: nil), in: try #require(Self.root))
        #expect(plan.entries.map(\.run.prefix) == ["r0", "r1"])
        #expect(plan.going.map(\.run.prefix) == ["r1"])
    }

    @Test("What no rule claims is told")
    func unclaimed() throws {
        var tally = try Self.runs([50, 60])
        tally.add("/stray", size: 3, modified: nil)
        let plan = ExpiryPlan(tally, .init(last: 1, days: nil, branch: nil), in: try #require(Self.root))
        let text = plan.text(style: .plain)
        #expect(
            text == """
                  = r0  2026-10-07  2 objects, 11 B  one of the newest 1
                  - r1  2026-09-27  2 objects, 11 B
                Would go: 1 run, 2 objects, 11 B. Stay: 1. Nothing was removed: that is the bucket's own.
                Of what would go, 1 object, 10 B, is in places without `retain`: no lifecycle rule of the layout removes it.
                Outside of any run: 1 object, 3 B that no rule claims (`usage` shows where).

                """)
        #expect(
            plan.json.contains(#"{"prefix": "r1", "goes": true, "stays": null, "newest": "2026-09-27", "objects": 2"#))
    }
}
