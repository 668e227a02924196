import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("Archives")
struct LibArchiveMakerTests {
    @Test(
        "Hold the members in order, with fixed owners, modes and times", .temporaryDirectory,
        arguments: ArchiveFormat.allCases)
    func members(format: ArchiveFormat) async throws {
        let names = [
            "-rf", ".ninja_log", "a/b/c.log", "empty", "run.sh", "with space+plus.log", "ünï/中文-🚀.log",
            "long/\(String(repeating: "x", count: 120)).log",
            "longer/\(String(repeating: "y", count: 200))/\(String(repeating: "z", count: 200)).log",
            "e\u{301}", "\u{e9}",
        ].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let tree = try Tree(names.map { ($0, $0 == "empty" ? "" : "contents of \($0)\n") })
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o700], ofItemAtPath: tree.directory.appending(path: "run.sh").path)
        let archive = try await tree.archive(format, names: names)
        let members = try await ArchiveMember.all(in: archive)
        #expect(members.map { Array($0.name.utf8) } == names.map { Array($0.utf8) })
        #expect(members.map(\.text) == names.map { $0 == "empty" ? "" : "contents of \($0)\n" })
        #expect(members.map(\.mode) == names.map { $0 == "run.sh" ? 0o755 : 0o644 })
        #expect(Set(members.map(\.time)) == [format == .zip ? "1980-01-01 00:00:00" : "1970-01-01 00:00:00"])
        #expect(members.allSatisfy { $0.owner == (format == .zip ? "" : "0 0  ") })
    }

    @Test(
        "Are equal for equal contents, whatever the times and modes of the files", .temporaryDirectory,
        arguments: ArchiveFormat.allCases)
    func reproducible(format: ArchiveFormat) async throws {
        // More than zstd gives to its worker at once.
        let byteCount = format == .tarZstandard ? 10_000_000 : 500_000
        let block = (0..<4_000).map { "line \($0 &* 2_654_435_761 % 1_000_003)\n" }.joined()
        let text = String(repeating: block, count: byteCount / block.utf8.count)
        let files = [("a.log", text), ("sub/b.log", "b")]
        let first = try Tree(files, below: "first")
        let second = try Tree(files, below: "second")
        for (name, _) in files {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000), .posixPermissions: 0o600],
                ofItemAtPath: second.directory.appending(path: name).path)
        }
        let names = files.map(\.0)
        let one = try await first.archive(format, names: names)
        let other = try await second.archive(format, names: names)
        #expect(try Data(contentsOf: one) == Data(contentsOf: other))
    }

    @Test("Are smaller with a higher level", .temporaryDirectory, arguments: ArchiveFormat.allCases)
    func levels(format: ArchiveFormat) async throws {
        let tree = try Tree([("a.log", String(contentsOfFile: #filePath, encoding: .utf8))])
        // The highest levels of zstd take hundreds of megabytes.
        let highest = min(format.levels.upperBound, 19)
        let low = try Data(contentsOf: await tree.archive(format, level: format.levels.lowerBound, names: ["a.log"]))
        let high = try Data(contentsOf: await tree.archive(format, level: highest, names: ["a.log"]))
        #expect(high.count < low.count)
        let usual = try Data(contentsOf: await tree.archive(format, names: ["a.log"]))
        let same = try Data(contentsOf: await tree.archive(format, level: format.usualLevel, names: ["a.log"]))
        #expect(usual == same)
    }

    @Test("Refuse a level that the format does not have", .temporaryDirectory, arguments: ArchiveFormat.allCases)
    func wrongLevel(format: ArchiveFormat) async throws {
        let tree = try Tree([("a", "a")])
        for level in [format.levels.lowerBound - 1, format.levels.upperBound + 1] {
            let error = await #expect(throws: StoreError.self) {
                try await tree.archive(format, level: level, names: ["a"])
            }
            #expect(error?.message == "\(format.rawValue) has no compression level \(level)")
        }
    }

    @Test("A plan cannot ask for a level that the format does not have", arguments: ArchiveFormat.allCases)
    func wrongLevelInPlan(format: ArchiveFormat) throws {
        func plan(level: Int) -> String {
            """
            version: 1
            name: levels
            uploads:
              archive:
                archive: {format: \(format.rawValue), from: logs, level: \(level)}
                to: {tarball: {filename: a.\(format.rawValue)}}
            """
        }
        // The schema itself refuses what is not a level of any format.
        let wrong = format == .tarZstandard ? 0 : 10
        _ = try ValidatedPlan.read(plan(level: format.usualLevel).utf8, file: "plan.yaml")
        let rejected = #expect(throws: PlanRejected.self) {
            try ValidatedPlan.read(plan(level: wrong).utf8, file: "plan.yaml")
        }
        #expect(rejected?.diagnostics.map(\.code) == [.illegalValue])
        #expect(rejected?.diagnostics.first?.message.hasSuffix("not \(wrong)") == true)
    }

    @Test("Of nothing are valid", .temporaryDirectory, arguments: ArchiveFormat.allCases)
    func empty(format: ArchiveFormat) async throws {
        let archive = try await Tree([]).archive(format, names: [])
        #expect(try await ArchiveMember.all(in: archive).isEmpty)
    }

    @Test("Name a file that cannot be read", .temporaryDirectory)
    func vanished() async throws {
        let tree = try Tree([("a.log", "a"), ("b.log", "b")])
        let recipe = try tree.recipe(.tarGzip, names: ["a.log", "b.log"])
        let path = tree.directory.appending(path: "b.log").path
        try FileManager.default.removeItem(atPath: path)
        let error = await #expect(throws: StoreError.self) { try await tree.archive(recipe) }
        #expect(error?.code == .unreadableSource)
        #expect(error?.message == "'\(path)' cannot be read: No such file or directory")
    }

    @Test(
        "Name a file that is not as it was planned", .temporaryDirectory,
        arguments: ArchiveFormat.allCases, [-1, 1] as [Int64])
    func changed(format: ArchiveFormat, difference: Int64) async throws {
        let tree = try Tree([("a.log", "a"), ("b\n.log", "bb")])
        var recipe = try tree.recipe(format, names: ["a.log", "b\n.log"])
        recipe.members[1].file.version.size += difference
        let error = await #expect(throws: StoreError.self) { try await tree.archive(recipe) }
        #expect(error?.code == .sourceChanged)
        #expect(error?.message.hasPrefix("'\(tree.directory.path)/b\\u{A}.log' changed") == true)
    }

    @Test("Say that the disk is full", arguments: ArchiveFormat.allCases)
    func fullDisk(format: ArchiveFormat) async throws {
        let recipe = ArchiveRecipe(format: format, level: nil, members: [])
        let error = await #expect(throws: StoreError.self) {
            try await LibArchiveMaker().makeArchive(recipe, at: "/dev/full")
        }
        #expect(error?.message == "the archive cannot be written: No space left on device")
        #expect(error?.hint?.contains("TMPDIR") == true)
    }

    @Test("Stop when the task is cancelled", .temporaryDirectory)
    func cancelled() async throws {
        let tree = try Tree([("a.log", "a")])
        let recipe = try tree.recipe(.tarZstandard, names: ["a.log"])
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await tree.archive(recipe)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// Its 9 GiB are a hole, but reading and compressing them takes seconds even so.
    @Test(
        "Hold files of more than 8 GiB", .temporaryDirectory,
        .enabled(if: ProcessInfo.processInfo.environment["SLOW_TESTS"] == "1", "slow: set SLOW_TESTS=1"),
        arguments: [ArchiveFormat.tarZstandard, .zip])
    func large(format: ArchiveFormat) async throws {
        let tree = try Tree([("large", "")])
        let handle = try FileHandle(forWritingTo: tree.directory.appending(path: "large"))
        try handle.truncate(atOffset: 9 << 30)
        try handle.close()
        let archive = try await tree.archive(format, level: 1, names: ["large"])
        let (program, arguments) =
            format == .zip ? ("unzip", ["-l", archive.path]) : ("tar", ["--zstd", "-tvf", archive.path])
        #expect(try await ChildProcess.output(program, arguments).contains("9663676416 "))
    }
}

// MARK: - Trees and archives

/// Files in a directory of the test's own.
private struct Tree {
    let directory: URL
    let scratch: URL

    init(_ files: [(name: String, text: String)], below name: String = "tree") throws {
        scratch = try TemporaryDirectory.url()
        directory = scratch.appending(path: name)
        for file in files { try TestFile.write(file.text, to: file.name, in: directory) }
    }

    func recipe(_ format: ArchiveFormat, level: Int? = nil, names: [String]) throws -> ArchiveRecipe {
        let members = try names.map { name in
            let path = "\(directory.path)/\(name)"
            let file = SourceFile(path: ExactString(path), version: try TestFile.version(of: path))
            return ArchiveRecipe.Member(name: ExactString(name), file: file)
        }
        return ArchiveRecipe(format: format, level: level, members: members)
    }

    @discardableResult
    func archive(_ format: ArchiveFormat, level: Int? = nil, names: [String]) async throws -> URL {
        try await archive(recipe(format, level: level, names: names))
    }

    @discardableResult
    func archive(_ recipe: ArchiveRecipe) async throws -> URL {
        let url = scratch.appending(path: "\(UUID()).\(recipe.format.rawValue)")
        try Data().write(to: url)
        try await LibArchiveMaker().makeArchive(recipe, at: url.path)
        return url
    }
}

/// What Python's own readers, which share no code with libarchive, find in an archive.
private struct ArchiveMember: Decodable {
    let name: String
    let text: String
    let mode: Int
    let time: String
    let owner: String

    static func all(in archive: URL) async throws -> [ArchiveMember] {
        let listing = try await ChildProcess.output("python3", ["-c", script, archive.path])
        return try JSONDecoder().decode([ArchiveMember].self, from: Data(listing.utf8))
    }

    private static let script = """
        import datetime, io, json, subprocess, sys, tarfile, zipfile
        path = sys.argv[1]
        members = []
        if path.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                for info in archive.infolist():
                    members.append(dict(
                        name=info.filename, text=archive.read(info).decode(), mode=info.external_attr >> 16 & 0o7777,
                        time=str(datetime.datetime(*info.date_time)), owner=""))
        else:
            program = {"gz": "gzip", "zst": "zstd", "xz": "xz"}[path.rsplit(".", 1)[1]]
            data = subprocess.run([program, "-dc", path], check=True, capture_output=True).stdout
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
                for info in archive:
                    assert info.isreg()
                    members.append(dict(
                        name=info.name, text=archive.extractfile(info).read().decode(), mode=info.mode,
                        time=str(datetime.datetime.fromtimestamp(info.mtime, datetime.timezone.utc))[:19],
                        owner=f"{info.uid} {info.gid} {info.uname} {info.gname}"))
        print(json.dumps(members))
        """
}

extension ChildProcess {
    /// What a program of the system prints.
    fileprivate static func output(_ name: String, _ arguments: [String]) async throws -> String {
        let outcome = try await ChildProcess(
            URL(filePath: "/usr/bin/\(name)"), arguments, environment: ["PATH": "/usr/bin:/bin"],
            in: TemporaryDirectory.url()
        ).run()
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return outcome.output
    }
}
