import Foundation
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

@testable import UploadExecution

@Suite("Extracting archives")
struct ArchiveExtractorTests {
    /// Extracts an archive into `out`, beside which are a file and a directory that must stay as they are.
    @discardableResult private func extract(
        _ archive: Data, _ layout: ArchiveExtractor.Layout = .asIs, links: LinkPolicy = .refuse,
        limits: ExtractionLimits = ExtractionLimits()
    ) async throws -> ArchiveExtractor {
        let directory = try TemporaryDirectory.url()
        for name in ["out", "outside"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: name), withIntermediateDirectories: true)
        }
        let path = directory.appending(path: "archive.tar.zst")
        try archive.write(to: path)
        var extractor = try ArchiveExtractor(
            path.path, into: directory.appending(path: "out").path, layout, links, limits)
        try await extractor.run()
        return extractor
    }

    private func read(_ path: String) throws -> String? {
        FileManager.default.contents(atPath: try TemporaryDirectory.url().appending(path: "out/\(path)").path)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Everything in the test's directory but the archive and what was extracted.
    private func outside() throws -> [String] {
        let names =
            FileManager.default.enumerator(atPath: try TemporaryDirectory.url().path)?
            .compactMap { $0 as? String } ?? []
        return names.filter { $0 != "archive.tar.zst" && $0 != "out" && !$0.hasPrefix("out/") }.sorted()
    }

    @Test("writes files, directories, links, permissions and times", .temporaryDirectory)
    func ordinary() async throws {
        var archive = TarArchive()
        archive.add("lib/", .directory, mode: 0o755)
        archive.add("./lib/libx.so.1", content: Data("library".utf8), mode: 0o755)
        archive.add("lib/libx.so", .symlink, target: "libx.so.1")
        archive.add("lib/cmake/x/up", .symlink, target: "../../libx.so")
        archive.add("lib/copy", .hardLink, target: "lib/libx.so.1")
        archive.add("share/ünï", content: Data(repeating: 65, count: 700_000), mode: 0o666)
        archive.add("lib/libx.so.1", content: Data("newer".utf8), mode: 0o4777)
        try await extract(archive.data)
        #expect(try read("lib/libx.so") == "newer")
        #expect(try read("lib/cmake/x/up") == "newer")
        #expect(try read("lib/copy") == "library")
        #expect(try read("share/ünï")?.utf8.count == 700_000)
        let out = try TemporaryDirectory.url().appending(path: "out")
        let library = try FileManager.default.attributesOfItem(atPath: out.appending(path: "lib/libx.so.1").path)
        #expect((library[.posixPermissions] as? Int) == 0o755)
        #expect((library[.modificationDate] as? Date) == Date(timeIntervalSince1970: Double(0o14000000000)))
        let shared = try FileManager.default.attributesOfItem(atPath: out.appending(path: "share/ünï").path)
        #expect(try #require(shared[.posixPermissions] as? Int) & 0o022 == 0)
    }

    /// What must not be extracted, with what the error must say.
    static let hostile: [(name: String, words: String, make: @Sendable (inout TarArchive) -> Void)] = [
        ("absolute path", "absolute path '/tmp/evil'", { $0.add("/tmp/evil", content: Data("x".utf8)) }),
        ("parent", "'../outside/evil'", { $0.add("../outside/evil", content: Data("x".utf8)) }),
        ("parent in the middle", "'a/../../outside/evil'", { $0.add("a/../../outside/evil", content: Data("x".utf8)) }),
        ("parent directory", "'..'", { $0.add("../", .directory) }),
        ("absolute symlink", "symlink 'link' to '/etc'", { $0.add("link", .symlink, target: "/etc") }),
        ("symlink out", "symlink 'a/link'", { $0.add("a/link", .symlink, target: "../../outside") }),
        (
            "symlink that goes up late", "symlink 'y'",
            {
                $0.add("x", .symlink, target: ".")
                $0.add("y", .symlink, target: "x/../outside")
            }
        ),
        ("empty symlink", "symlink 'link'", { $0.add("link", .symlink, target: "") }),
        (
            "symlink whose way up is another one", "symlink 'b' to 'a/..'",
            {
                $0.add("a", .symlink, target: ".")
                $0.add("b", .symlink, target: "a/..")
            }
        ),
        (
            "symlink whose way is changed later", "symlink 'y' to 'x/../../outside'",
            {
                $0.add("d/e/", .directory)
                $0.add("x", .symlink, target: "d/e")
                $0.add("y", .symlink, target: "x/../../outside")
                $0.add("x", .symlink, target: "d")
            }
        ),
        (
            "symlink in a directory behind a symlink", "symlink 'link/up' to '../../outside'",
            {
                $0.add("a/", .directory)
                $0.add("deep/er/", .directory)
                $0.add("deep/er/x", .symlink, target: "../../a")
                $0.add("link", .symlink, target: "deep/er/x")
                $0.add("link/up", .symlink, target: "../../outside")
            }
        ),
        (
            "file below a chain that leads out", "members below a symlink, such as 'y/evil'",
            {
                $0.add("x", .symlink, target: ".")
                $0.add("y", .symlink, target: "x/../outside")
                $0.add("y/evil", content: Data("x".utf8))
            }
        ),
        (
            "directory below a chain that leads out", "members below a symlink",
            {
                $0.add("d/x", .symlink, target: "..")
                $0.add("y", .symlink, target: "d/x/..")
                $0.add("y/evil/", .directory)
            }
        ),
        (
            "hard link through a chain that leads out", "members below a symlink",
            {
                $0.add("x", .symlink, target: ".")
                $0.add("y", .symlink, target: "x/..")
                $0.add("link", .hardLink, target: "y/archive.tar.zst")
            }
        ),
        (
            "hard link to a symlink, from where it leads out", "hard link 'link' to 'd/e/up'",
            {
                $0.add("d/e/up", .symlink, target: "../file")
                $0.add("link", .hardLink, target: "d/e/up")
            }
        ),
        (
            "file below a circle", "contradicts",
            {
                $0.add("a", .symlink, target: "b")
                $0.add("b", .symlink, target: "a")
                $0.add("a/f", content: Data("x".utf8))
            }
        ),
        (
            "file below a symlink to a file", "contradicts",
            {
                $0.add("f", content: Data("x".utf8))
                $0.add("link", .symlink, target: "f")
                $0.add("link/g", content: Data("x".utf8))
            }
        ),
        ("hard link out", "'../outside/file'", { $0.add("link", .hardLink, target: "../outside/file") }),
        ("absolute hard link", "'/etc/passwd'", { $0.add("link", .hardLink, target: "/etc/passwd") }),
        ("hard link to nothing", "contradicts", { $0.add("link", .hardLink, target: "absent") }),
        ("device", "device", { $0.add("null", .characterDevice) }),
        ("block device", "device", { $0.add("disk", .blockDevice) }),
        ("pipe", "device", { $0.add("pipe", .pipe) }),
        (
            "file over a directory", "contradicts",
            {
                $0.add("d/", .directory)
                $0.add("d", content: Data("x".utf8))
            }
        ),
        ("cut off", "broken", { $0.add("file", content: Data("x".utf8), size: 1 << 20) }),
    ]

    @Test("refuses what leads out", .temporaryDirectory, arguments: hostile.indices)
    func refuses(_ index: Int) async throws {
        let (name, words, make) = Self.hostile[index]
        var archive = TarArchive()
        make(&archive)
        let error = await #expect(throws: ExtractionError.self, "\(name)") { try await extract(archive.data) }
        #expect(error?.cause == .archive, "\(name)")
        #expect(error?.message.contains(words) == true, "\(name): \(error.map { "\($0)" } ?? "")")
        #expect(try outside() == ["outside"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/evil"))
    }

    /// What looks like it leads out and does not, with what is read below `out` then.
    static let harmless: [(name: String, files: [String: String], make: @Sendable (inout TarArchive) -> Void)] = [
        (
            "up behind a directory", ["bin/clang": "compiler"],
            {
                $0.add("lib/llvm/bin/clang", content: Data("compiler".utf8))
                $0.add("lib/llvm/lib/", .directory)
                $0.add("bin/clang", .symlink, target: "../lib/llvm/lib/../bin/clang")
            }
        ),
        (
            "up behind what comes later, or never", ["bin/clang": "compiler"],
            {
                $0.add("bin/clang", .symlink, target: "../lib/llvm/lib/../bin/clang")
                $0.add("lib/llvm/bin/clang", content: Data("compiler".utf8))
                $0.add("lib/llvm/lib/", .directory)
                $0.add("bin/absent", .symlink, target: "nothing/../../absent")
            }
        ),
        (
            "up behind a symlink", ["y": "content"],
            {
                $0.add("d/e/f/", .directory)
                $0.add("x", .symlink, target: "d/e/f")
                $0.add("d/z", content: Data("content".utf8))
                $0.add("y", .symlink, target: "x/../../z")
            }
        ),
        (
            "files below a symlink", ["lib/b": "b", "lib/cmake/c": "c", "lib64/b": "b"],
            {
                $0.add("lib/a", content: Data("a".utf8))
                $0.add("lib64", .symlink, target: "lib")
                $0.add("lib64/", .directory)
                $0.add("lib64/b", content: Data("b".utf8))
                $0.add("lib64/cmake/c", content: Data("c".utf8))
            }
        ),
        (
            "files below a symlink to what is not there yet", ["usr/lib/b": "b", "usr/lib/c": "c"],
            {
                $0.add("lib64", .symlink, target: "usr/lib")
                $0.add("lib64/b", content: Data("b".utf8))
                $0.add("usr/lib/c", content: Data("c".utf8))
            }
        ),
        (
            "hard links to symlinks and through them", ["d/second": "content", "third": "content", "lib/a": "a"],
            {
                $0.add("d/file", content: Data("content".utf8))
                $0.add("d/first", .symlink, target: "file")
                $0.add("d/second", .hardLink, target: "d/first")
                $0.add("lib/a", content: Data("a".utf8))
                $0.add("e", .symlink, target: "d")
                $0.add("third", .hardLink, target: "e/file")
            }
        ),
        (
            "circles", ["f": "f"],
            {
                $0.add("a", .symlink, target: "b")
                $0.add("b", .symlink, target: "a")
                $0.add("c", .symlink, target: "a/../x")
                $0.add("f", content: Data("f".utf8))
            }
        ),
    ]

    @Test("extracts what stays inside", .temporaryDirectory, arguments: harmless.indices)
    func stays(_ index: Int) async throws {
        let (name, files, make) = Self.harmless[index]
        var archive = TarArchive()
        make(&archive)
        try await extract(archive.data)
        for (path, content) in files { #expect(try read(path) == content, "\(name): \(path)") }
        #expect(try outside() == ["outside"])
    }

    @Test("leaves out links that lead out, if that is wanted", .temporaryDirectory)
    func skipsLinks() async throws {
        var archive = TarArchive()
        archive.add("bin/tool", content: Data("tool".utf8))
        archive.add("bin/python3", .symlink, target: "/usr/bin/python3")
        archive.add("bin/python", .hardLink, target: "bin/python3")
        archive.add("up", .symlink, target: "../outside")
        archive.add("here", .symlink, target: ".")
        archive.add("late", .symlink, target: "here/../outside")
        archive.add("passwd", .hardLink, target: "/etc/passwd")
        archive.add("data", .symlink, target: "/opt/data")
        archive.add("data/file", content: Data("file".utf8))
        archive.add("again", .symlink, target: "/tmp")
        archive.add("again", content: Data("again".utf8))
        let extractor = try await extract(archive.data, links: .skip)
        let skipped = extractor.skippedLinks.values.map { "\($0.path) \($0.target)" }.sorted()
        #expect(
            skipped == [
                "bin/python bin/python3", "bin/python3 /usr/bin/python3", "data /opt/data",
                "late here/../outside", "passwd /etc/passwd", "up ../outside",
            ])
        let out = try TemporaryDirectory.url().appending(path: "out")
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: out.path).sorted()
                == ["again", "bin", "bin/tool", "data", "data/file", "here"])
        #expect(try outside() == ["outside"])
    }

    @Test("what leads out for writing is refused although links are left out", .temporaryDirectory)
    func writesNothingOutside() async throws {
        var archive = TarArchive()
        archive.add("here", .symlink, target: ".")
        archive.add("late", .symlink, target: "here/../outside")
        archive.add("late/evil", content: Data("evil".utf8))
        await #expect(throws: ExtractionError.self) { try await extract(archive.data, links: .skip) }
        #expect(try outside() == ["outside"])
    }

    // MARK: - Formats

    @Test("extracts archives that follow one another", .temporaryDirectory, arguments: [true, false])
    func concatenated(isCompressed: Bool) async throws {
        var parts: [Data] = []
        for name in ["a", "b"] {
            var archive = TarArchive()
            archive.add(name, content: Data(name.utf8))
            let file = try TestFile.write(Data(name.utf8), to: "source-\(name)", in: TemporaryDirectory.url())
            parts.append(isCompressed ? try await compressed([(name, file.path.text)]) : archive.data)
            for leftover in ["source-\(name)", "made"] {
                try? FileManager.default.removeItem(at: TemporaryDirectory.url().appending(path: leftover))
            }
        }
        try await extract(parts[0] + parts[1])
        #expect(try read("a") == "a" && read("b") == "b")
    }

    @Test(
        "refuses what follows the end and is not an archive", .temporaryDirectory,
        arguments: [Data("garbage".utf8), Data(repeating: 7, count: 512), Data(repeating: 7, count: 20_000)],
        [true, false])
    func garbage(_ garbage: Data, isCompressed: Bool) async throws {
        var archive = TarArchive()
        archive.add("a", content: Data("a".utf8))
        let file = try TestFile.write(Data("a".utf8), to: "source", in: TemporaryDirectory.url())
        let whole = isCompressed ? try await compressed([("a", file.path.text)]) : archive.data
        let error = await #expect(throws: ExtractionError.self) { try await extract(whole + garbage) }
        #expect(error?.cause == .archive)
        try await extract(whole + (isCompressed ? Data() : Data(count: 10_240)))
    }

    static let foreign: [(start: [UInt8], words: String)] = [
        ([0x1f, 0x8b, 8, 0], "gzip"), (Array("BZh91AY".utf8), "bzip2"), (Array("PK\u{3}\u{4}".utf8), "zip"),
        (Array("<!DOCTYPE html><html>".utf8), "HTML"), (Array("<?xml version='1.0'?><Error>".utf8), "XML"),
        (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS"), ([], "empty"),
    ]

    @Test("names another format", .temporaryDirectory, arguments: foreign.indices)
    func namesFormat(_ index: Int) async throws {
        let (start, words) = Self.foreign[index]
        let bytes = Data(start) + (start.isEmpty ? Data() : Data(repeating: 1, count: 1000))
        let error = await #expect(throws: ExtractionError.self) { try await extract(bytes) }
        #expect(error?.message.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("says that a Zstandard window is too large", .temporaryDirectory, arguments: [27, 28, 31])
    func zstandardWindow(log: Int) async throws {
        var archive = TarArchive()
        archive.add("a", content: Data(repeating: 65, count: 300_000))
        // A frame of raw blocks (RFC 8878, 3.1.1).
        var frame = Data([0x28, 0xb5, 0x2f, 0xfd, 0, UInt8((log - 10) << 3)])
        for start in stride(from: 0, to: archive.data.count, by: 100_000) {
            let block = archive.data.dropFirst(start).prefix(100_000)
            let header = block.count << 3 | (start + 100_000 >= archive.data.count ? 1 : 0)
            frame += [UInt8(header & 255), UInt8(header >> 8 & 255), UInt8(header >> 16)]
            frame += block
        }
        if log <= 27 {
            try await extract(frame)
            #expect(try read("a")?.utf8.count == 300_000)
        } else {
            let error = await #expect(throws: ExtractionError.self) { try await extract(frame) }
            #expect(error?.message.contains("window is larger than 128 MiB") == true)
        }
    }

    @Test(
        "refuses bytes that are not an archive", .temporaryDirectory,
        arguments: [Data(), Data("no archive".utf8), Data(count: 10_240)])
    func noArchive(_ bytes: Data) async throws {
        let error = await #expect(throws: ExtractionError.self) { try await extract(bytes) }
        #expect(error?.cause == .archive)
    }

    @Test("stops at more bytes than an archive of its size should hold", .temporaryDirectory)
    func bomb() async throws {
        let zeros = try TemporaryDirectory.url().appending(path: "zeros")
        _ = FileManager.default.createFile(atPath: zeros.path, contents: nil)
        let handle = try FileHandle(forWritingTo: zeros)
        try handle.truncate(atOffset: 64 << 20)
        try handle.close()
        let bomb = try await compressed([("zeros", zeros.path)])
        try FileManager.default.removeItem(at: zeros)
        try FileManager.default.removeItem(at: TemporaryDirectory.url().appending(path: "made"))
        var limits = ExtractionLimits()
        limits.bytes = 8 << 20
        let error = await #expect(throws: ExtractionError.self) { try await extract(bomb, limits: limits) }
        #expect(error?.message.contains("taken for an attack") == true)
        let written = try FileManager.default.attributesOfItem(
            atPath: TemporaryDirectory.url().appending(path: "out/zeros").path)
        #expect(try #require(written[.size] as? Int) <= 8 << 20)
        // The same content is fine where it is not out of proportion.
        limits.ratio = 1 << 20
        try await extract(bomb, limits: limits)
    }

    @Test("extracts sparse files of tar, and counts their zeros", .temporaryDirectory)
    func sparse() async throws {
        let directory = try TemporaryDirectory.url()
        let source = directory.appending(path: "source")
        _ = FileManager.default.createFile(atPath: source.path, contents: Data("start".utf8))
        let handle = try FileHandle(forWritingTo: source)
        try handle.seek(toOffset: 5 << 20)
        try handle.write(contentsOf: Data("middle".utf8))
        try handle.truncate(atOffset: 9 << 20)
        try handle.close()
        let tar = ChildProcess(
            URL(filePath: "/bin/tar"), ["-cSf", "made.tar", "source"], environment: [:], in: directory)
        #expect(try await tar.run().exitCode == 0)
        let archive = try Data(contentsOf: directory.appending(path: "made.tar"))
        #expect(archive.count < 1 << 20)
        try await extract(archive)
        let out = directory.appending(path: "out/source").path
        #expect(FileManager.default.contents(atPath: out) == (try Data(contentsOf: source)))
        var limits = ExtractionLimits()
        (limits.bytes, limits.ratio) = (8 << 20, 1)
        let error = await #expect(throws: ExtractionError.self) { try await extract(archive, limits: limits) }
        #expect(error?.message.contains("taken for an attack") == true)
    }

    @Test("stops at too many members", .directoryInMemory)
    func manyMembers() async throws {
        var archive = TarArchive()
        for index in 0..<1001 { archive.add("\(index % 10)/\(index)") }
        var limits = ExtractionLimits()
        limits.members = 1000
        let error = await #expect(throws: ExtractionError.self) { try await extract(archive.data, limits: limits) }
        #expect(error?.message.contains("more than 1000 members") == true)
        limits.members = 1001
        try await extract(archive.data, limits: limits)
    }

    @Test("tells that a compressed archive is cut off", .temporaryDirectory, arguments: [0.2, 0.5, 0.99])
    func truncated(_ share: Double) async throws {
        let file = try TestFile.write(
            Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }), to: "source",
            in: TemporaryDirectory.url())
        let whole = try await compressed([("file", file.path.text)])
        let error = await #expect(throws: ExtractionError.self) {
            try await extract(whole.prefix(Int(Double(whole.count) * share)))
        }
        #expect(error?.cause == .archive)
        try await extract(whole)
    }

    // MARK: - Flattening

    @Test("flattens by the artifact's manifest", .temporaryDirectory)
    func flattens() async throws {
        var archive = TarArchive()
        archive.add(
            "artifact_manifest.txt", content: Data("math/blas/stage\nmath/blas/stage/deep\r\nbase/stage\n".utf8))
        archive.add("math/", .directory)
        archive.add("math/blas/stage/lib/a", content: Data("a".utf8))
        archive.add("math/blas/stage/deep/b", content: Data("b".utf8))
        archive.add("base/stage/lib/c", content: Data("c".utf8))
        archive.add("base/stage/lib/d", .hardLink, target: "math/blas/stage/lib/a")
        archive.add("base/stage/lib/e", .symlink, target: "a")
        try await extract(archive.data, .flattened)
        for (path, content) in [("lib/a", "a"), ("b", "b"), ("lib/c", "c"), ("lib/d", "a"), ("lib/e", "a")] {
            #expect(try read(path) == content, "\(path)")
        }
        #expect(try read("artifact_manifest.txt") == nil)
    }

    @Test("does not flatten without a manifest, or past it", .temporaryDirectory, arguments: [true, false])
    func flattenRefuses(hasManifest: Bool) async throws {
        var archive = TarArchive()
        if hasManifest { archive.add("artifact_manifest.txt", content: Data("a/stage".utf8)) }
        archive.add("b/file", content: Data("x".utf8))
        let error = await #expect(throws: ExtractionError.self) { try await extract(archive.data, .flattened) }
        #expect(error?.message.contains(hasManifest ? "manifest names" : "artifact_manifest.txt") == true)
    }

    @Test("a symlink is judged by its place after flattening", .temporaryDirectory)
    func flattenedSymlink() async throws {
        var archive = TarArchive()
        archive.add("artifact_manifest.txt", content: Data("a/stage\n".utf8))
        archive.add("a/stage/link", .symlink, target: "../../outside")
        await #expect(throws: ExtractionError.self) { try await extract(archive.data, .flattened) }
    }

    /// Makes a `.tar.zst`.
    private func compressed(_ members: [(name: String, path: String)]) async throws -> Data {
        let path = try TemporaryDirectory.url().appending(path: "made")
        _ = FileManager.default.createFile(atPath: path.path, contents: nil)
        let recipe = ArchiveRecipe(
            format: .tarZstandard, level: nil,
            members: try members.map { member in
                let version = try TestFile.version(of: member.path)
                return .init(name: .init(member.name), file: SourceFile(path: .init(member.path), version: version))
            })
        try await LibArchiveMaker().makeArchive(recipe, at: path.path)
        return try Data(contentsOf: path)
    }
}
