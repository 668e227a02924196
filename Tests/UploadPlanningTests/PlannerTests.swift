import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("Planner")
struct PlannerTests {
    @Test("Keys keep the path below `from`, and excludes win over includes")
    func selection() throws {
        let upload = try planned(
            """
            uploads:
              logs: {from: build/logs, include: ["**/*.log"], exclude: ["tmp/**"], to: root}
            """,
            files: ["build/logs/a.log", "build/logs/sub/b.log", "build/logs/tmp/c.log", "build/logs/d.txt", "e.log"]
        ).upload
        #expect(upload.keys == ["1-linux/a.log", "1-linux/sub/b.log"])
        #expect(upload.skipped.map(\.path) == ["build/logs/tmp/c.log"])
        #expect(upload.leftovers.map(\.path) == ["build/logs/d.txt"])
        #expect(upload.totals.seen == 4)
    }

    @Test("`flatten` keeps the base name")
    func flatten() throws {
        let upload = try planned(
            "uploads:\n  logs: {from: build, include: [x/a.log, y/b.log], flatten: true, to: root}\n",
            files: ["build/x/a.log", "build/y/b.log"]
        ).upload
        #expect(upload.keys == ["1-linux/a.log", "1-linux/b.log"])
    }

    @Test("A file gives its name to a destination that wants one")
    func fileName() throws {
        let upload = try planned(
            "uploads:\n  page: {file: build/out/report.html, to: artifact}\n", files: ["build/out/report.html"]
        ).upload
        #expect(upload.keys == ["1-linux/report.html"])
        #expect(upload.operations[0].contentType == "text/html")
    }

    @Test("What a rule takes and flattens is not a leftover of another")
    func flattenedLeftovers() throws {
        let upload = try planned(
            """
            uploads:
              logs: {from: build, include: [b/a.log, a/c.log, "**/same.log"], flatten: true, to: root}
              archives: {from: build, include: ["**/*.zst"], to: {log_subdir: {path: x}}}
            """,
            files: ["build/b/a.log", "build/a/c.log", "build/a.log", "build/x/same.log", "build/c/z.zst"]
        ).upload
        #expect(upload.keys == ["1-linux/a.log", "1-linux/c.log", "1-linux/same.log", "1-linux/logs/x/c/z.zst"])
        #expect(upload.leftovers.map(\.path) == ["build/a.log"])
    }

    @Test("The files to look into come once, whichever rules take them")
    func distinctFiles() throws {
        let plan = try bound(
            """
            uploads:
              all: {from: build, to: root}
              logs: {from: build/logs, flatten: true, to: {log_subdir: {path: x}}}
              one: {file: build/logs/a.log, to: artifact}
              other: {file: else.log, to: artifact}
              packed:
                archive: {format: tar.gz, name: logs.tar.gz, from: build/logs}
                to: artifact
              again: {from: build/logs/sub, to: {log_subdir: {path: y}}}
            """)
        let files = ["build/logs/a.log", "build/logs/sub/b.log", "build/c", "else.log"]
        let draft = try [plan].drafted(with: TreeListing(paths: files).inventory(answering: plan.inventoryRequest))
        #expect(draft.files.map(\.path) == ["build/c", "build/logs/a.log", "build/logs/sub/b.log", "else.log"])
        #expect(draft.files.prefix(1).map(\.path) == ["build/c"])
    }

    @Test("An archive holds what its patterns take, by paths relative to its directory")
    func archive() throws {
        let upload = try planned(
            """
            uploads:
              ninja:
                archive: {format: tar.gz, name: ninja.tar.gz, from: build, include: ["**/.ninja_log"]}
                to: artifact
            """, files: ["build/a/.ninja_log", "build/b/.ninja_log", "build/other"]
        ).upload
        #expect(upload.keys == ["1-linux/ninja.tar.gz"])
        guard case .archive(let recipe) = upload.operations[0].source else {
            Issue.record("no archive")
            return
        }
        #expect(recipe.members.map(\.name) == ["a/.ninja_log", "b/.ninja_log"])
        // An archive with patterns picks from a tree that it does not claim to publish.
        #expect(upload.leftovers.isEmpty)
    }

    @Test("An index lists what rules upload, by patterns relative to its directory")
    func index() throws {
        let upload = try planned(
            """
            parameters:
              artifact_group: {default: g}
            uploads:
              logs: {from: build, to: log_dir}
              page: {index: {of: [logs], include: ["*.log"], parent: root_index}, to: log_index}
            """, files: ["build/a.log", "build/b.txt", "build/sub/c.log"]
        ).upload
        guard case .index(let recipe) = upload.operations[3].source else {
            Issue.record("no index")
            return
        }
        #expect(recipe.operations.map { upload.keys[$0] } == ["1-linux/logs/g/a.log"])
        #expect(recipe.parent == "../../index.html")
        #expect(recipe.title == "g")
    }

    @Test("`each_directory` makes a page in every directory below the destination that holds an object")
    func eachDirectory() throws {
        let upload = try planned(
            """
            uploads:
              files: {from: build, to: tarballs}
              pages: {index: {of: [files], each_directory: true}, to: tarballs}
            """, files: ["build/a", "build/x/b", "build/x/y/c"]
        ).upload
        #expect(
            upload.keys.filter { $0.hasSuffix("index.html") } == [
                "1-linux/tarballs/x/index.html", "1-linux/tarballs/x/y/index.html",
            ])
    }

    @Test(
        "What selects nothing fails, warns or is skipped, as the rule says",
        arguments: [("error", true), ("warn", false), ("skip", false)])
    func missing(policy: String, fails: Bool) throws {
        let upload = try planned(
            "uploads:\n  logs: {from: build, include: [\"*.log\"], to: root, missing: \(policy)}\n",
            files: ["build/a.txt"]
        ).upload
        #expect(upload.operations.isEmpty)
        #expect((upload.rules[0].status == .failed) == fails)
    }

    @Test("A rule whose condition does not hold does nothing, and its files are not left over")
    func condition() throws {
        let plan = """
            parameters:
              job_status: {default: failure, one_of: [success, failure]}
            uploads:
              artifacts: {when: {job_status: success}, from: build, to: root}
            """
        let upload = try planned(plan, files: ["build/a"]).upload
        #expect(upload.rules[0].status == .conditionNotMet("job_status is 'failure', not 'success'"))
        #expect(upload.operations.isEmpty && upload.leftovers.isEmpty)
        #expect(try planned(plan, files: ["build/a"], settings: ["job_status": "success"]).upload.keys == ["1-linux/a"])
    }

    @Test(
        "What is implausible fails the rule, and takes back its operations",
        arguments: ["files: 3..9", "files: 1", "files: ..1"])
    func expectation(text: String) throws {
        let upload = try planned(
            "uploads:\n  logs: {from: build, to: root, expect: {\(text)}}\n", files: ["build/a", "build/b"]
        ).upload
        #expect(upload.rules[0].status == .failed)
        #expect(upload.operations.isEmpty)
        #expect(upload.skipped.count == 2)
    }

    @Test("Sizes and times are judged only where they are known")
    func unknownSizes() throws {
        let plan = "uploads:\n  logs: {from: build, to: root, expect: {bytes: 1KiB.., newer_than: start}}\n"
        #expect(try planned(plan, files: ["build/a", "start"]).upload.keys == ["1-linux/a"])
        let bound = try bound(plan)
        let listing = try TreeListing(parsing: Array("build/a 10 100.5\nstart 0 100.6\n".utf8))
        let upload = try [bound].planned(with: listing.inventory(answering: bound.inventoryRequest)).upload
        #expect(upload.rules[0].problems.count == 2)
    }

    @Test("A key of more than 1024 bytes fails its rule, and the others are uploaded")
    func longKey() throws {
        let name = String(repeating: "x", count: 1020)
        let upload = try planned("uploads:\n  logs: {from: build, to: root}\n", files: ["build/a", "build/\(name)"])
            .upload
        #expect(upload.keys == ["1-linux/a"])
        #expect(upload.rules[0].problems.count == 1)
    }

    @Test("Files that look like secrets fail their rule, unless it waives them by name")
    func secrets() throws {
        let files = ["build/a.json", "build/sub/.env", "build/.env.example", "build/id_rsa.pub"]
        let refused = try planned("uploads:\n  config: {from: build, to: root}\n", files: files)
        #expect(refused.upload.operations.isEmpty)
        #expect(refused.warnings.map(\.code) == [.likelySecret])
        let waived = try planned(
            "uploads:\n  config: {from: build, to: root, allow_secrets: [sub/.env]}\n", files: files)
        #expect(waived.upload.operations.count == 4)
        #expect(waived.warnings == [])
    }

    @Test(
        "Names of secrets",
        arguments: [
            ".env", "a/.ENV", ".env.production", ".aws/credentials", "home/.netrc", "k.p12", "ID_RSA", "Store.JKS",
            // The small letter of the Kelvin sign is a k.
            "store.j\u{212A}s",
        ])
    func secretName(path: String) { #expect(SecretName.match(ExactString(path)) != nil) }

    @Test(
        "Names that are not secrets",
        arguments: ["env", "a.env", ".env.example", "credentials", "id_rsa.pub", "netrc.h"])
    func harmlessName(path: String) { #expect(SecretName.match(ExactString(path)) == nil) }

    @Test("The same input gives the same value, whatever order the listing has")
    func determinism() throws {
        let files = (0..<50).map { "build/\($0 % 7)/\($0).log" }
        let plan = "uploads:\n  logs: {from: build, to: root}\n"
        #expect(try planned(plan, files: files).upload == planned(plan, files: files.reversed()).upload)
    }
}
