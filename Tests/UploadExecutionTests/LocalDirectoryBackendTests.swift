import Foundation
import Glibc
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("The local directory")
struct LocalDirectoryBackendTests {
    private func output() throws -> URL { try TemporaryDirectory.url().appending(path: "output") }

    @discardableResult
    private func put(
        _ body: UploadBody, at key: String, _ existing: ExistingObjectPolicy = .replace
    ) async throws -> UploadReceipt {
        try await LocalDirectoryBackend(directory: output().path).upload(
            UploadRequest(
                body: body, destination: OutputLocation(bucket: "bucket", key: ExactString(key)),
                contentType: "text/plain", existing: existing),
            progress: { _ in })
    }

    @discardableResult
    private func put(
        _ text: String, at key: String, _ existing: ExistingObjectPolicy = .replace
    ) async throws -> UploadReceipt {
        try await put(.bytes(Array(text.utf8)), at: key, existing)
    }

    private func expectFailure(
        _ code: StoreError.Code, _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ upload: () async throws -> Void
    ) async {
        let error = await #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try await upload() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(error?.message == message, sourceLocation: sourceLocation)
        #expect(error?.hint != nil, sourceLocation: sourceLocation)
    }

    private func names(below directory: URL) -> [String] {
        (FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []).sorted()
    }

    private func text(at key: String) throws -> String? {
        try FileManager.default.contents(atPath: output().path + "/" + key).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "A copy keeps the modification time", .temporaryDirectory,
        arguments: [(0, 0), (1_500_000_000, 7), (-2, 250_000)])
    func modificationTime(seconds: Int, microseconds: Int) async throws {
        let source = try TestFile.write("a", to: "source", in: TemporaryDirectory.url())
        let time = timeval(tv_sec: seconds, tv_usec: microseconds)
        try #require(unsafe utimes(source.path.text, [time, time]) == 0)
        let version = try TestFile.version(of: source.path.text)
        try await put(.file(SourceFile(path: source.path, version: version)), at: "copy")
        let copy = try TestFile.version(of: output().path + "/copy")
        #expect(copy.size == version.size && copy.modified == version.modified)
    }

    @Test("A source may be a symlink, but not a pipe", .temporaryDirectory)
    func sources() async throws {
        let directory = try TemporaryDirectory.url()
        let file = try TestFile.write("a", to: "source", in: directory)
        try FileManager.default.createSymbolicLink(atPath: directory.path + "/link", withDestinationPath: "source")
        let link = SourceFile(path: ExactString(directory.path + "/link"), version: file.version)
        #expect(try await put(.file(link), at: "copy").outcome == .uploaded)
        try #require(unsafe mkfifo(directory.path + "/pipe", 0o644) == 0)
        let pipe = SourceFile(path: ExactString(directory.path + "/pipe"), version: file.version)
        await expectFailure(.unreadableSource, "is not a regular file") { try await put(.file(pipe), at: "other") }
    }

    @Test("A source path may be longer than PATH_MAX", .temporaryDirectory)
    func longSourcePath() async throws {
        let directory = try TemporaryDirectory.url()
        let file = try TestFile.write("a", to: "source", in: directory)
        let path = directory.path + String(repeating: "/.", count: 3000) + "/source"
        #expect(
            try await put(.file(SourceFile(path: ExactString(path), version: file.version)), at: "a").outcome
                == .uploaded)
    }

    @Test(
        "A symlink in the output directory is not written through", .temporaryDirectory,
        arguments: ["inside", "../outside"])
    func symlinkedDirectory(target: String) async throws {
        let output = try output()
        for name in ["inside/real", "../outside"] {
            try FileManager.default.createDirectory(at: output.appending(path: name), withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: output.path + "/inside/link", withDestinationPath: target)
        await expectFailure(
            .destination, "'inside/link' in the output directory is a symlink, and those are not written through"
        ) { try await put("a", at: "inside/link/file") }
        #expect(names(below: output.appending(path: "../outside")).isEmpty)
    }

    @Test("A symlink at the destination is replaced, not followed", .temporaryDirectory)
    func symlinkedDestination() async throws {
        let output = try output()
        let outside = try TestFile.write("outside", to: "outside", in: TemporaryDirectory.url())
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: output.path + "/link", withDestinationPath: "../outside")
        await expectFailure(.conflict, "the destination is a symlink or a special file") {
            try await put("outside", at: "link", .identical)
        }
        #expect(try await put("new", at: "link").outcome == .uploaded)
        #expect(try TestFile.version(of: outside.path.text) == outside.version)
        #expect(try text(at: "link") == "new")
    }

    @Test("The output directory itself may be reached by a symlink", .temporaryDirectory)
    func symlinkedOutput() async throws {
        let directory = try TemporaryDirectory.url()
        try FileManager.default.createDirectory(
            at: directory.appending(path: "real"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: output().path, withDestinationPath: "real")
        try await put("a", at: "b/c")
        #expect(names(below: directory.appending(path: "real")) == ["b", "b/c"])
    }

    @Test("What is in the way is named", .temporaryDirectory)
    func obstacles() async throws {
        try await put("a", at: "logs/file")
        await expectFailure(
            .destination, "'logs/file' in the output directory is a file, and a directory is needed there"
        ) { try await put("b", at: "logs/file/below") }
        for policy in ExistingObjectPolicy.allCases {
            await expectFailure(.destination, "cannot be written: Is a directory") {
                try await put("b", at: "logs", policy)
            }
        }
        for key in [String(repeating: "x", count: 256), String(repeating: "x", count: 256) + "/below"] {
            await expectFailure(.destination, "cannot be written: File name too long") { try await put("b", at: key) }
        }
        #expect(try names(below: output()) == ["logs", "logs/file"])
    }

    @Test(
        "A key that is not a relative path is refused", .temporaryDirectory,
        arguments: ["", "/a", "a//b", "a/../b", ".", "a/", "a\0b"])
    func illegalKeys(key: String) async throws {
        let error = await #expect(throws: StoreError.self) { try await put("a", at: key) }
        #expect(error?.code == .destination)
        #expect(try names(below: TemporaryDirectory.url()).filter { $0 != "output" }.isEmpty)
    }

    @Test("An output directory that cannot be made", .temporaryDirectory)
    func outputIsAFile() async throws {
        try TestFile.write("", to: "output", in: TemporaryDirectory.url())
        await expectFailure(.destination, "the output directory cannot be opened: Not a directory") {
            try await put("a", at: "b")
        }
    }

    @Test("A conflict names both contents", .temporaryDirectory)
    func conflict() async throws {
        try await put("abc", at: "a")
        await expectFailure(
            .conflict,
            "exists already with other content: "
                + "SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad (3 bytes) there, "
                + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 (0 bytes) here"
        ) { try await put("", at: "a", .identical) }
    }

    @Test(
        "Nothing is left of a copy whose source grows, shrinks or is touched while it is read", .temporaryDirectory,
        arguments: ["grow", "shrink", "touch"])
    func sourceChangesWhileRead(change: String) async throws {
        let directory = try TemporaryDirectory.url()
        let file = try TestFile.write(Data(repeating: 1, count: 4 << 20), to: "source", in: directory)
        let request = UploadRequest(
            body: .file(file), destination: OutputLocation(bucket: "bucket", key: "a/copy"), contentType: "text/plain")
        let error = await #expect(throws: StoreError.self) {
            _ = try await LocalDirectoryBackend(directory: output().path).upload(request) { _ in
                switch change {
                case "grow": unsafe truncate(file.path.text, 5 << 20)
                case "shrink": unsafe truncate(file.path.text, 1 << 20)
                default: unsafe utimes(file.path.text, nil)
                }
            }
        }
        #expect(error?.code == .sourceChanged)
        #expect(try names(below: output()) == ["a"])
    }

    @Test("Nothing is left of a copy that is cancelled", .temporaryDirectory)
    func cancelled() async throws {
        let file = try TestFile.write(Data(repeating: 1, count: 4 << 20), to: "source", in: TemporaryDirectory.url())
        let backend = try LocalDirectoryBackend(directory: output().path)
        let request = UploadRequest(
            body: .file(file), destination: OutputLocation(bucket: "bucket", key: "a/copy"), contentType: "text/plain")
        let task = Task {
            try await backend.upload(request) { _ in unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        backend.finish()
        #expect(try names(below: output()) == ["a"])
    }

    // MARK: - What killed processes leave

    @Test("Half files of a process that was killed are removed, and no others", .temporaryDirectory)
    func leftovers() async throws {
        let tree = try SampleTree(at: output())
        try tree.make([
            ".therock-upload-dead.run": .text("1-linux/logs/\0../outside/\0link/\0absent/\0cut o"),
            "1-linux/logs/.therock-upload-dead-1.part": .text("half"), "1-linux/logs/a.log": .text("whole"),
            "1-linux/logs/.therock-upload-other-1.part": .text("somebody's"),
            "1-linux/.therock-upload-dead-2.part": .text("not in the record"),
            ".therock-upload-live.run": .text("1-linux/logs/\0"),
            "1-linux/logs/.therock-upload-live-1.part": .text("in work"),
            "link": SampleEntry(.symlink(to: "../outside")),
        ])
        let outside = try SampleTree(at: TemporaryDirectory.url().appending(path: "outside"))
        try outside.make([".therock-upload-dead-1.part": .text("not ours")])
        let live = unsafe open(try output().path + "/.therock-upload-live.run", O_RDONLY)
        defer { close(live) }
        try #require(flock(live, LOCK_EX | LOCK_NB) == 0)

        try await put("b", at: "2-linux/b.log")
        #expect(
            names(below: try output()) == [
                ".therock-upload-live.run", "1-linux", "1-linux/.therock-upload-dead-2.part", "1-linux/logs",
                "1-linux/logs/.therock-upload-live-1.part", "1-linux/logs/.therock-upload-other-1.part",
                "1-linux/logs/a.log", "2-linux", "2-linux/b.log", "link",
            ])
        #expect(try outside.paths() == [".therock-upload-dead-1.part"])
    }

    @Test("An upload is on record while it runs, and hidden from listings", .temporaryDirectory)
    func record() async throws {
        let backend = LocalDirectoryBackend(directory: try output().path)
        _ = try await backend.upload(
            UploadRequest(
                body: .bytes([1]), destination: OutputLocation(bucket: "b", key: "1-linux/logs/a"), contentType: "",
                existing: .replace), progress: { _ in })
        let records = names(below: try output()).filter { $0.hasSuffix(".run") }
        #expect(records.count == 1)
        #expect(try text(at: records.first ?? "") == "1-linux/logs/\0")
        let listed = try await backend.objects(below: OutputLocation(bucket: "b", key: ""), .everything)
        #expect(listed.map(\.location.key.text) == ["1-linux/logs/a"])
        backend.finish()
        #expect(names(below: try output()) == ["1-linux", "1-linux/logs", "1-linux/logs/a"])
    }

}
