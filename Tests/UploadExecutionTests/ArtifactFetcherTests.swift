import Foundation
import RunOutputs
import Synchronization
import Testing
import UploadTestSupport

@testable import UploadExecution

@Suite("Fetching artifacts")
struct ArtifactFetcherTests {
    static let root = OutputLocation(bucket: "b", key: "1-linux")

    private func directory(_ name: String) throws -> URL { try TemporaryDirectory.url().appending(path: name) }
    private func backend() throws -> LocalDirectoryBackend {
        LocalDirectoryBackend(directory: try directory("store").path)
    }

    private static func archive(of name: String) -> Data {
        var archive = TarArchive()
        archive.add("artifact_manifest.txt", content: Data("\(name)/stage\n".utf8))
        archive.add("\(name)/stage/lib/lib\(name).so", content: Data("library \(name)".utf8), mode: 0o755)
        archive.add("\(name)/stage/shared.txt", content: Data("of \(name)".utf8))
        return archive.data
    }

    private func store(_ data: Data, as filename: String, digest: String? = nil) throws {
        let place = try directory("store/1-linux")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try data.write(to: place.appending(path: filename))
        let text = "\(digest ?? BackendContract.sha256(data))  \(filename)\n"
        try Data(text.utf8).write(to: place.appending(path: filename + ".sha256sum"))
    }

    private func makeStore() throws {
        for name in ["blas", "fft", "rand"] { try store(Self.archive(of: name), as: "\(name)_lib_generic.tar.zst") }
    }

    private func fetch(
        _ mode: FetchMode, _ change: (inout ArtifactFetcher) -> Void = { _ in }
    ) async throws -> FetchReport {
        let backend = try backend()
        let objects = try await backend.objects(below: Self.root, .oneLevel)
        var fetcher = ArtifactFetcher(backend: backend, outputDirectory: try directory("out").path, mode: mode)
        // Each artifact brings another `shared.txt`.
        fetcher.overlaps = .last
        change(&fetcher)
        return await fetcher.run(try ArtifactSelection().select(from: objects).artifacts)
    }

    /// The files that are in the output directory, with their contents as far as they are text.
    private func output() throws -> [String] {
        let out = try directory("out")
        let names = FileManager.default.enumerator(atPath: out.path)?.compactMap { $0 as? String } ?? []
        return try names.filter { name in
            let attributes = try FileManager.default.attributesOfItem(atPath: out.appending(path: name).path)
            return attributes[.type] as? FileAttributeType != .typeDirectory
        }.sorted()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: directory("out").appending(path: path), encoding: .utf8)
    }

    @Test("extracts each artifact into a directory of its own, instead of what is there", .directoryInMemory)
    func directories() async throws {
        try makeStore()
        try SampleTree(at: directory("out/blas_lib_generic")).make(["old.txt": .text("old")])
        let events = Mutex<[FetchEvent]>([])
        let report = try await fetch(.directories) { $0.onEvent = { event in events.withLock { $0.append(event) } } }
        #expect(report.isComplete)
        #expect(report.artifacts.allSatisfy { $0.outcome == .downloaded && $0.evidence == .announced })
        #expect(try output().count == 9)
        #expect(try text("blas_lib_generic/blas/stage/lib/libblas.so") == "library blas")
        #expect(try !output().contains { $0.contains("old.txt") || $0.contains(".tar") || $0.contains("/.") })
        let arrived = events.withLock { $0 }.reduce(Int64(0)) { sum, event in
            if case .progressed(_, let count) = event { sum + count } else { sum }
        }
        #expect(arrived == report.artifacts.reduce(0) { $0 + $1.artifact.object.size })
    }

    @Test("flattens all artifacts into one tree, whatever order they arrive in", .directoryInMemory)
    func flattens() async throws {
        try makeStore()
        try SampleTree(at: directory("out")).make(["lib/kept.so": .text("kept"), "shared.txt": .text("old")])
        let report = try await fetch(.flattened) { $0.deletesArchives = false }
        #expect(report.isComplete, "\(report)")
        let archives = ["blas", "fft", "rand"].map { "\($0)_lib_generic.tar.zst" }
        let expected = archives + ["lib/kept.so", "lib/libblas.so", "lib/libfft.so", "lib/librand.so", "shared.txt"]
        #expect(try output() == expected.sorted())
        #expect(try text("shared.txt") == "of rand")
    }

    /// Shows deviation 45 of docs/deviations.md.
    @Test("refuses different files of two artifacts under one path, before anything is moved", .directoryInMemory)
    func overlaps() async throws {
        try makeStore()
        try SampleTree(at: directory("out")).make(["shared.txt": .text("old")])
        let report = try await fetch(.flattened) { $0.overlaps = .refuse }
        #expect(!report.isComplete)
        let message = report.placementError?.message ?? ""
        #expect(message == "'shared.txt' is in 'blas_lib_generic' and, with other contents, in 'fft_lib_generic'")
        #expect(try text("shared.txt") == "old")
        #expect(try !output().contains("lib/libblas.so"))
        // What was extracted waits, and is put in place when the last one's may be taken.
        #expect(try await fetch(.flattened).isComplete)
        #expect(try text("shared.txt") == "of rand")
    }

    /// What two artifacts hold under `lib/same`, and whether that is the same.
    static let pairs: [(String, [@Sendable (inout TarArchive) -> Void], isEqual: Bool)] = [
        (
            "equal files of several megabytes",
            [{ $0.add("s/lib/same", content: large(0)) }, { $0.add("s/lib/same", content: large(0)) }], true
        ),
        (
            "files that differ in their last byte",
            [{ $0.add("s/lib/same", content: large(0)) }, { $0.add("s/lib/same", content: large(1)) }], false
        ),
        (
            "empty files", [{ $0.add("s/lib/same", content: Data()) }, { $0.add("s/lib/same", content: Data()) }], true
        ),
        (
            "a file and nothing in it",
            [{ $0.add("s/lib/same", content: Data("x".utf8)) }, { $0.add("s/lib/same", content: Data()) }], false
        ),
    ]

    private static func large(_ last: UInt8) -> Data { Data(repeating: 7, count: 3 << 20) + [last] }

    @Test("tells equal files of two artifacts from different ones", .directoryInMemory, arguments: pairs.indices)
    func equalOverlaps(index: Int) async throws {
        let (name, contents, isEqual) = Self.pairs[index]
        for (number, add) in contents.enumerated() {
            var archive = TarArchive()
            archive.add("artifact_manifest.txt", content: Data("s\n".utf8))
            archive.add("s/lib/only\(number)", content: Data())
            add(&archive)
            try store(archive.data, as: "a\(number)_lib_generic.tar.zst")
        }
        let report = try await fetch(.flattened) { $0.overlaps = .refuse }
        #expect(report.isComplete == isEqual, "\(name)")
        #expect(report.equalFiles == (isEqual ? 1 : 0), "\(name)")
    }

    @Test("keeps archives, and takes those that are there", .directoryInMemory)
    func archives() async throws {
        try makeStore()
        #expect(try await fetch(.archives).isComplete)
        try Data("damaged".utf8).write(to: directory("out/fft_lib_generic.tar.zst"))
        let again = try await fetch(.archives)
        #expect(again.artifacts.map(\.outcome) == [.present, .downloaded, .present])
        let archives = ["blas", "fft", "rand"].map { "\($0)_lib_generic.tar.zst" }
        #expect(try output() == archives.flatMap { [$0, $0 + ".sha256sum"] })
        for archive in archives {
            let digest = BackendContract.sha256(try Data(contentsOf: directory("out").appending(path: archive)))
            #expect(try text(archive + ".sha256sum") == "\(digest)  \(archive)\n")
        }
        let bytes = FileManager.default.contents(atPath: try directory("out/fft_lib_generic.tar.zst").path)
        #expect(bytes == Self.archive(of: "fft"))
    }

    /// What is wrong with one of three artifacts.
    static let faults: [(name: String, spoil: @Sendable (ArtifactFetcherTests) throws -> Void, words: String)] = [
        (
            "wrong checksum",
            { test in
                try test.store(
                    archive(of: "fft"), as: "fft_lib_generic.tar.zst", digest: String(repeating: "0", count: 64))
            }, "checksum file says 000000"
        ),
        (
            "empty checksum file",
            { test in
                try test.store(archive(of: "fft"), as: "fft_lib_generic.tar.zst", digest: "")
            }, "holds no SHA-256"
        ),
        ("no archive", { try $0.store(Data("text".utf8), as: "fft_lib_generic.tar.zst") }, "broken"),
        (
            "leads out",
            { test in
                var archive = TarArchive()
                archive.add("good", content: Data("good".utf8))
                archive.add("../../../evil", content: Data("evil".utf8))
                try test.store(archive.data, as: "fft_lib_generic.tar.zst")
            }, "could lead out"
        ),
    ]

    @Test(
        "puts nothing in place when one artifact is bad, and fetches the good ones once", .directoryInMemory,
        arguments: faults.indices, [FetchMode.directories, .flattened])
    func wholeSet(_ index: Int, mode: FetchMode) async throws {
        let (name, spoil, words) = Self.faults[index]
        // A bad manifest is found before the path that leads out.
        guard name != "leads out" || mode == .directories else { return }
        try makeStore()
        try spoil(self)
        let report = try await fetch(mode)
        #expect(!report.isComplete, "\(name)")
        #expect(report.artifacts.map(\.outcome).filter { $0 == .failed }.count == 1)
        #expect(report.artifacts[1].error?.message.contains(words) == true, "\(name): \(report.artifacts[1])")
        #expect(try output().allSatisfy { $0.hasSuffix(".tar.zst") || $0.hasPrefix(".therock-fetch/") })
        #expect(!FileManager.default.fileExists(atPath: try directory("evil").path))
        // When it is mended, the others are not downloaded again.
        try store(Self.archive(of: "fft"), as: "fft_lib_generic.tar.zst")
        let again = try await fetch(mode)
        #expect(again.isComplete)
        #expect(again.artifacts.map(\.outcome) == [.present, .downloaded, .present])
        #expect(again.artifacts.allSatisfy { $0.evidence == .announced && $0.extractedByteCount > 0 })
        let blas = mode == .directories ? "blas_lib_generic/blas/stage/" : ""
        #expect(try text("\(blas)lib/libblas.so") == "library blas")
        #expect(try output().allSatisfy { !$0.hasPrefix(".") && !$0.hasSuffix(".tar.zst") })
    }

    /// What happens between a fetch that failed and the next one.
    static let changes: [(name: String, change: @Sendable (ArtifactFetcherTests) throws -> Void)] = [
        ("another archive", { try $0.store(archive(of: "other"), as: "blas_lib_generic.tar.zst") }),
        (
            "another checksum file",
            { test in
                let data = archive(of: "blas")
                try test.store(data, as: "blas_lib_generic.tar.zst", digest: "\(BackendContract.sha256(data)) ")
            }
        ),
        (
            "a note that was cut off",
            { test in
                let note = try test.directory("out/.therock-fetch/done/blas_lib_generic")
                try Data(contentsOf: note).dropLast().write(to: note)
            }
        ),
        (
            "a note of another start of the system",
            { test in
                let note = try test.directory("out/.therock-fetch/done/blas_lib_generic")
                try (Data("x".utf8) + Data(contentsOf: note)).write(to: note)
            }
        ),
        (
            "no contents",
            { test in
                let place = try test.directory("out/.therock-fetch/new/blas_lib_generic")
                try FileManager.default.removeItem(at: place)
            }
        ),
    ]

    @Test("fetches again what may not be what was extracted before", .directoryInMemory, arguments: changes.indices)
    func staleContents(_ index: Int) async throws {
        try makeStore()
        try store(Data("text".utf8), as: "fft_lib_generic.tar.zst")
        #expect(try await !fetch(.directories).isComplete)
        try store(Self.archive(of: "fft"), as: "fft_lib_generic.tar.zst")
        try Self.changes[index].change(self)
        let again = try await fetch(.directories)
        #expect(again.isComplete)
        #expect(again.artifacts[0].outcome == .downloaded, "\(Self.changes[index].name)")
        let name = index == 0 ? "other" : "blas"
        #expect(try text("blas_lib_generic/\(name)/stage/lib/lib\(name).so") == "library \(name)")
    }

    @Test("tells when the output directory cannot be used", .directoryInMemory)
    func badOutput() async throws {
        try makeStore()
        try Data("a file".utf8).write(to: directory("out"))
        let report = try await fetch(.directories)
        #expect(!report.isComplete)
        #expect(report.placementError?.code == .destination)
    }

    @Test("removes what a fetch that was killed has left behind", .directoryInMemory)
    func leftovers() async throws {
        try makeStore()
        try SampleTree(at: directory("out/.therock-fetch")).make([
            "new/p_lib_generic/x": .text("x"), "old/y": .text("y"),
        ])
        #expect(try await fetch(.directories).isComplete)
        #expect(try !output().contains { $0.hasPrefix(".") })
    }

    /// Takes note in the staging directory, which is locked until this returns.
    private func beginPlacing(_ placement: StagingDirectory.Placement = .join) throws {
        let staging = try StagingDirectory(in: directory("out").path)
        try staging.begin(["blas", "fft", "rand"].map { "\($0)_lib_generic" }, placement)
    }

    @Test("ends what an earlier fetch began, and downloads nothing of that again", .directoryInMemory)
    func endsEarlier() async throws {
        try makeStore()
        try SampleTree(at: directory("out")).make(["lib": .text("in the way")])
        #expect(try await !fetch(.flattened).isComplete)
        try FileManager.default.removeItem(at: directory("out/lib"))
        try beginPlacing()
        // As if the process had been killed after the first step.
        try FileManager.default.moveItem(
            at: directory("out/.therock-fetch/new/blas_lib_generic/lib"), to: directory("out/lib"))
        let report = try await fetch(.flattened)
        #expect(report.isComplete && report.artifacts.allSatisfy { $0.outcome == .present }, "\(report)")
        #expect(
            try output() == ["lib/libblas.so", "lib/libfft.so", "lib/librand.so", "shared.txt"])
        #expect(try text("shared.txt") == "of rand")
    }

    /// A build tree as an earlier build left it, beside what no artifact names.
    private func makeBuildTree() throws {
        try SampleTree(at: directory("out")).make([
            "blas/stage/old.txt": .text("old"), "blas/build/kept.txt": .text("kept"), "fft/stage": .text("a file"),
        ])
    }

    private static let bootstrapped =
        ["blas/build/kept.txt"]
        + ["blas", "fft", "rand"].flatMap { name in
            ["\(name)/stage.prebuilt", "\(name)/stage/lib/lib\(name).so", "\(name)/stage/shared.txt"]
        }

    @Test("bootstraps a build tree: replaces each artifact's directories, and marks them", .directoryInMemory)
    func bootstraps() async throws {
        try makeStore()
        // A second archive of the same directory takes nothing away from the first.
        var dev = TarArchive()
        dev.add("artifact_manifest.txt", content: Data("blas/stage\nblas/empty\n".utf8))
        dev.add("blas/stage/include/blas.h", content: Data("header".utf8))
        try store(dev.data, as: "blas_dev_generic.tar.zst")
        try makeBuildTree()
        let expected = (Self.bootstrapped + ["blas/stage/include/blas.h", "blas/empty.prebuilt"]).sorted()
        for _ in 0..<2 {
            let report = try await fetch(.bootstrapped)
            #expect(report.isComplete, "\(report)")
            #expect(try output() == expected)
            #expect(try text("blas/stage.prebuilt").isEmpty)
        }
    }

    @Test("a fetch that bootstraps changes nothing when something is in the way", .directoryInMemory)
    func bootstrapInTheWay() async throws {
        try makeStore()
        try makeBuildTree()
        try SampleTree(at: directory("out")).make(["rand": .text("a file")])
        let before = try output()
        let report = try await fetch(.bootstrapped)
        #expect(!report.isComplete && !report.isHalfPlaced)
        #expect(report.placementError?.message.contains("'rand") == true, "\(report)")
        #expect(try output().filter { !$0.hasPrefix(".") } == before)
    }

    @Test("a manifest that names the staging directory is refused", .directoryInMemory, arguments: ["", "/new"])
    func bootstrapOfStaging(path: String) async throws {
        var archive = TarArchive()
        archive.add("artifact_manifest.txt", content: Data(".therock-fetch\(path)\nx/stage\n".utf8))
        archive.add("x/stage/a", content: Data("a".utf8))
        try store(archive.data, as: "blas_lib_generic.tar.zst")
        let report = try await fetch(.bootstrapped)
        #expect(!report.isComplete && report.placementError != nil, "\(report)")
        #expect(try output().allSatisfy { $0.hasPrefix(".therock-fetch/") })
    }

    @Test(
        "what an interrupted fetch has bootstrapped is not cleared by the next one", .directoryInMemory,
        arguments: [StagingDirectory.Placement.clearAndJoin, .join])
    func endsEarlierBootstrap(_ placement: StagingDirectory.Placement) async throws {
        try makeStore()
        try makeBuildTree()
        try SampleTree(at: directory("out")).make(["rand": .text("in the way")])
        #expect(try await !fetch(.bootstrapped).isComplete)
        try FileManager.default.removeItem(at: directory("out/rand"))
        try beginPlacing(placement)
        if placement == .join {
            // As if the process had been killed after the first artifact.
            try FileManager.default.removeItem(at: directory("out/blas/stage"))
            try FileManager.default.removeItem(at: directory("out/fft/stage"))
            for name in ["stage", "stage.prebuilt"] {
                try FileManager.default.moveItem(
                    at: directory("out/.therock-fetch/new/blas_lib_generic/blas/\(name)"),
                    to: directory("out/blas/\(name)"))
            }
        }
        let report = try await fetch(.bootstrapped)
        #expect(report.isComplete && report.artifacts.allSatisfy { $0.outcome == .present }, "\(report)")
        #expect(try output() == Self.bootstrapped.sorted())
    }

    @Test("an archive without a checksum file can be an error", .directoryInMemory)
    func requiresChecksum() async throws {
        try makeStore()
        try FileManager.default.removeItem(at: directory("store/1-linux/fft_lib_generic.tar.zst.sha256sum"))
        let report = try await fetch(.directories) { $0.requiresChecksum = true }
        #expect(report.artifacts.map(\.outcome) == [.downloaded, .failed, .downloaded])
        #expect(report.artifacts[1].error?.message.contains("no checksum file") == true)
        #expect(try output().allSatisfy { $0.hasPrefix(".therock-fetch/") })
        let again = try await fetch(.directories)
        #expect(again.isComplete && again.artifacts[1].evidence == .size)
    }

    @Test("tells of links that were left out, also those of an earlier fetch", .directoryInMemory)
    func skippedLinks() async throws {
        try makeStore()
        var archive = TarArchive()
        archive.add("artifact_manifest.txt", content: Data("x/stage\n".utf8))
        archive.add("x/stage/python", .symlink, target: "/usr/bin/python3")
        try store(archive.data, as: "blas_lib_generic.tar.zst")
        try store(Data("text".utf8), as: "fft_lib_generic.tar.zst")
        #expect(try await fetch(.flattened).artifacts[0].error?.hint?.contains("--links skip") == true)
        let skipped = SkippedLink(path: "python", target: "/usr/bin/python3")
        #expect(try await fetch(.flattened) { $0.links = .skip }.artifacts[0].skippedLinks == [skipped])
        try store(Self.archive(of: "fft"), as: "fft_lib_generic.tar.zst")
        let report = try await fetch(.flattened) { $0.links = .skip }
        #expect(report.isComplete && report.artifacts[0].outcome == .present)
        #expect(report.artifacts[0].skippedLinks == [skipped])
    }

    @Test(
        "names what is in the way, and removes nothing of it", .directoryInMemory, arguments: ["lib", "lib/libfft.so"])
    func inTheWay(path: String) async throws {
        try makeStore()
        try SampleTree(at: directory("out")).make(
            path == "lib" ? ["lib": .text("a file")] : ["lib/libfft.so/kept": .text("in a directory")])
        let before = try output()
        let report = try await fetch(.flattened)
        #expect(!report.isComplete && !report.isHalfPlaced)
        #expect(try output().filter { !$0.hasPrefix(".") } == before)
        #expect(report.placementError?.message.contains("'\(path)' in the output directory") == true)
        #expect(try output().contains(path == "lib" ? "lib" : "lib/libfft.so/kept"))
        try FileManager.default.removeItem(at: directory("out/lib"))
        let again = try await fetch(.flattened)
        #expect(again.isComplete && again.artifacts.allSatisfy { $0.outcome == .present })
        #expect(try text("lib/libblas.so") == "library blas")
    }
}
