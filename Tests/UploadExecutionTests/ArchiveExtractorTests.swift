import Foundation
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

@testable import UploadExecution

@Suite("Extracting archives")
struct ArchiveExtractorTests {
    /// Extracts an archive into `out`, beside which stand a file and a directory that must stay as they are.
    private func extract(
        _ archive: Data, _ layout: ArchiveExtractor.Layout = .asIs, limits: ExtractionLimits = ExtractionLimits()
    ) async throws {
        let directory = try TemporaryDirectory.url()
        for name in ["out", "outside"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: name), withIntermediateDirectories: true)
        }
        let path = directory.appending(path: "archive.tar.zst")
        try archive.write(to: path)
        var extractor = try ArchiveExtractor(path.path, into: directory.appending(path: "out").path, layout, limits)
        try await extractor.run()
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
            "write through a symlink", "contradicts",
            {
                $0.add("d/", .directory)
                $0.add("link", .symlink, target: "d")
                $0.add("link/evil", content: Data("x".utf8))
            }
        ),
        (
            "directory over a symlink", "contradicts",
            {
                $0.add("d/", .directory)
                $0.add("link", .symlink, target: "d")
                $0.add("link/e/", .directory)
            }
        ),
        ("hard link out", "'../outside/file'", { $0.add("link", .hardLink, target: "../outside/file") }),
        ("absolute hard link", "'/etc/passwd'", { $0.add("link", .hardLink, target: "/etc/passwd") }),
        (
            "hard link to a symlink", "contradicts",
            {
                $0.add("d", .symlink, target: "e")
                $0.add("link", .hardLink, target: "d")
            }
        ),
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
        let error = await #expect(throws: UploadError.self, "\(name)") { try await extract(archive.data) }
        #expect(error?.code == .damaged, "\(name)")
        #expect(error?.message.contains(words) == true, "\(name): \(error.map { "\($0)" } ?? "")")
        #expect(try outside() == ["outside"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/evil"))
    }

    @Test("refuses bytes that are no archive", .temporaryDirectory, arguments: [Data(), Data("no archive".utf8)])
    func noArchive(_ bytes: Data) async throws {
        let error = await #expect(throws: UploadError.self) { try await extract(bytes) }
        #expect(error?.code == .damaged)
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
        let error = await #expect(throws: UploadError.self) { try await extract(bomb, limits: limits) }
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
        let error = await #expect(throws: UploadError.self) { try await extract(archive, limits: limits) }
        #expect(error?.message.contains("taken for an attack") == true)
    }

    @Test("stops at too many members", .temporaryDirectory)
    func manyMembers() async throws {
        var archive = TarArchive()
        for index in 0..<1001 { archive.add("\(index % 10)/\(index)") }
        var limits = ExtractionLimits()
        limits.members = 1000
        let error = await #expect(throws: UploadError.self) { try await extract(archive.data, limits: limits) }
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
        let error = await #expect(throws: UploadError.self) {
            try await extract(whole.prefix(Int(Double(whole.count) * share)))
        }
        #expect(error?.code == .damaged)
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
        let error = await #expect(throws: UploadError.self) { try await extract(archive.data, .flattened) }
        #expect(error?.message.contains(hasManifest ? "manifest names" : "artifact_manifest.txt") == true)
    }

    @Test("a symlink is judged by its place after flattening", .temporaryDirectory)
    func flattenedSymlink() async throws {
        var archive = TarArchive()
        archive.add("artifact_manifest.txt", content: Data("a/stage\n".utf8))
        archive.add("a/stage/link", .symlink, target: "../../outside")
        await #expect(throws: UploadError.self) { try await extract(archive.data, .flattened) }
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
