import Foundation
import Glibc
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("What the disk holds")
struct DiskInventoryTests {
    /// A line for each entry of a listing: kind and path.
    private func list(_ path: String, followsSymlinks: Bool = false) throws -> [String] {
        let (entries, unreadable) = try listing(path, followsSymlinks: followsSymlinks)
        #expect(unreadable.isEmpty)
        return entries.map { "\($0.kind) \($0.path)" }
    }

    private func listing(
        _ path: String, followsSymlinks: Bool = false
    ) throws -> (entries: [FileEntry], unreadable: [UnreadablePath]) {
        let directory = InventoryRequest.Directory(path: ExactString(path), followsSymlinks: followsSymlinks)
        let inventory = DiskInventory.take(InventoryRequest(directories: [directory]))
        guard case .listed(let entries, let unreadable) = inventory.directories[directory] else {
            throw CocoaError(.fileReadUnknown)
        }
        return (entries, unreadable)
    }

    private func makeFiles(_ paths: [String], in directory: URL) throws {
        for path in paths { try TestFile.write(path, to: path, in: directory) }
    }

    private func makeLink(_ path: String, to target: String, in directory: URL) throws {
        try FileManager.default.createSymbolicLink(
            atPath: directory.appending(path: path).path, withDestinationPath: target)
    }

    @Test("Paths come in the order of their bytes, hidden and empty files among them", .temporaryDirectory)
    func order() throws {
        let root = try TemporaryDirectory.url()
        let paths = ["a!", "a.txt", "a/b.c/d", "a/b/e", "a/b0", "a0", ".hidden", "Z", "z/.ninja_log", "é", "a-b/c"]
        try makeFiles(paths, in: root)
        try FileManager.default.createDirectory(at: root.appending(path: "empty"), withIntermediateDirectories: true)
        let sorted = paths.map { ExactString($0) }.sorted().map { "file \($0)" }
        #expect(try list(root.path) == sorted)
    }

    @Test("A directory of many files is listed as a whole and in order", .temporaryDirectory)
    func large() throws {
        let root = try TemporaryDirectory.url()
        let paths = (0..<999).map { $0 % 111 == 0 ? "\($0)/\($0)" : "\($0)" }
        try SampleTree(at: root).makeLinks(paths)
        #expect(try list(root.path) == paths.map { ExactString($0) }.sorted().map { "file \($0)" })
    }

    @Test("Files have size and modification time in nanoseconds", .temporaryDirectory)
    func versions() throws {
        let root = try TemporaryDirectory.url()
        let file = try TestFile.write("12345", to: "d/file", in: root)
        #expect(try listing(root.path).entries == [FileEntry(path: "d/file", version: file.version)])
        #expect(file.version.size == 5)
        #expect(file.version.modified > 1_700_000_000_000_000_000)
    }

    @Test("Names that differ only in normalization are two files", .temporaryDirectory)
    func normalizationTwins() throws {
        let root = try TemporaryDirectory.url()
        for name in ["e\u{301}", "\u{e9}"] { try createFile(Array(name.utf8), in: root) }
        let entries = try listing(root.path).entries
        #expect(entries.map { Array($0.path.text.utf8) } == [Array("e\u{301}".utf8), Array("\u{e9}".utf8)])
        #expect(entries.map(\.nameIsUTF8) == [true, true])
    }

    @Test("Bytes that are not UTF-8 are escaped", .temporaryDirectory)
    func invalidUTF8() throws {
        let root = try TemporaryDirectory.url()
        try createFile([0x61, 0xFF, 0x62, 0xC3], in: root)
        try createFile(Array("plain".utf8), in: root)
        let entries = try listing(root.path).entries
        #expect(entries.map(\.path) == ["a\\xFFb\\xC3", "plain"])
        #expect(entries.map(\.nameIsUTF8) == [false, true])
    }

    private func createFile(_ name: [UInt8], in directory: URL) throws {
        let path = Array(directory.path.utf8) + [47] + name + [0]
        let number = unsafe open(path.map { CChar(truncatingIfNeeded: $0) }, O_CREAT | O_WRONLY, 0o644)
        try #require(number >= 0)
        close(number)
    }

    @Test("Sockets and pipes are special, and nothing waits for them", .temporaryDirectory)
    func specialFiles() throws {
        let root = try TemporaryDirectory.url()
        let pipe = root.appending(path: "pipe").path
        try #require(unsafe mkfifo(pipe, 0o644) == 0)
        #expect(try list(root.path) == ["special pipe"])
        #expect(DiskInventory.take(InventoryRequest(paths: [ExactString(pipe)])).paths.values.first == .special)
    }

    @Test("A path is absent, no directory, or a directory by way of a symlink", .temporaryDirectory)
    func roots() throws {
        let root = try TemporaryDirectory.url()
        try makeFiles(["real/file"], in: root)
        try makeLink("link", to: "real", in: root)
        try makeLink("dangling", to: "nowhere", in: root)
        func status(_ path: String) -> DirectoryListing? {
            let directory = InventoryRequest.Directory(path: ExactString(root.appending(path: path).path))
            return DiskInventory.take(InventoryRequest(directories: [directory])).directories[directory]
        }
        #expect(status("missing") == .absent)
        #expect(status("dangling") == .absent)
        #expect(status("real/file") == .notADirectory)
        #expect(status("real/file/below") == .absent)
        #expect(try list(root.path + "/link") == ["file file"])
    }

    @Test("Single paths: files, directories, nothing; symlinks are followed", .temporaryDirectory)
    func singlePaths() throws {
        let root = try TemporaryDirectory.url()
        let file = try TestFile.write("abc", to: "d/file", in: root)
        try makeLink("link", to: "d/file", in: root)
        try makeLink("dangling", to: "nowhere", in: root)
        try makeLink("loop", to: "loop", in: root)
        let names: [ExactString] = ["d/file", "link", "d", "dangling", "missing", "d/file/below", "loop", "nul\0byte"]
        let paths = names.map { ExactString("\(root.path)/\($0)") }
        let found = DiskInventory.take(InventoryRequest(paths: Set(paths))).paths
        #expect(
            paths.map { found[$0] } == [
                .file(file.version), .file(file.version), .directory, .absent, .absent, .absent,
                .unreadable("Too many levels of symbolic links"), .unreadable("Invalid argument"),
            ])
    }
}

// MARK: - Symlinks

extension DiskInventoryTests {
    /// `tree/` is listed; `outside/` is next to it.
    private func makeLinkedTree() throws -> URL {
        let root = try TemporaryDirectory.url()
        try makeFiles(["tree/real/file", "tree/b", "outside/secret", "tree-twin/file"], in: root)
        for (path, target) in [
            ("tree/to-file", "b"), ("tree/to-directory", "real"), ("tree/real/up", ".."), ("tree/real/self", "."),
            ("tree/out", "../outside"), ("tree/out-file", "../outside/secret"), ("tree/twin", "../tree-twin"),
            ("tree/dangling", "nowhere"), ("tree/loop", "loop"), ("tree/chain", "to-directory"),
        ] { try makeLink(path, to: target, in: root) }
        return root
    }

    @Test("Symlinks are entries of their own", .temporaryDirectory)
    func symlinksKept() throws {
        let root = try makeLinkedTree()
        #expect(
            try list(root.path + "/tree") == [
                "file b", "symlink chain", "symlink dangling", "symlink loop", "symlink out", "symlink out-file",
                "file real/file", "symlink real/self", "symlink real/up", "symlink to-directory", "symlink to-file",
                "symlink twin",
            ])
    }

    @Test("Followed symlinks stay inside the directory, and lead in no circles", .temporaryDirectory)
    func symlinksFollowed() throws {
        let root = try makeLinkedTree()
        try makeLink("entry", to: "tree", in: root)
        let expected = [
            "file b", "file chain/file", "symlink chain/self", "symlink chain/up", "symlink dangling", "symlink loop",
            "symlink out", "symlink out-file", "file real/file", "symlink real/self", "symlink real/up",
            "file to-directory/file", "symlink to-directory/self", "symlink to-directory/up", "file to-file",
            "symlink twin",
        ]
        #expect(try list(root.path + "/tree", followsSymlinks: true) == expected)
        #expect(try list(root.path + "/entry", followsSymlinks: true) == expected)
    }

    @Test("A followed symlink has the version of its target, another one its own", .temporaryDirectory)
    func symlinkVersions() throws {
        let root = try TemporaryDirectory.url()
        let file = try TestFile.write("12345", to: "file", in: root)
        try makeLink("link", to: "file", in: root)
        let own = try TestFile.version(of: root.path + "/link")
        #expect(try listing(root.path).entries.last == FileEntry(path: "link", kind: .symlink, version: own))
        #expect(
            try listing(root.path, followsSymlinks: true).entries.last == FileEntry(path: "link", version: file.version)
        )
    }
}

// MARK: - Limits

extension DiskInventoryTests {
    /// Makes directories one in another, each with two directories to come back to.
    private func makeDeepTree(in root: URL, name: String, depth: Int) throws {
        var directory = unsafe open(root.path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<depth {
            for child in [name, "z"] { try #require(unsafe mkdirat(directory, child, 0o755) == 0) }
            let file = unsafe openat(directory, "z/file", O_CREAT | O_WRONLY, 0o644)
            try #require(file >= 0)
            close(file)
            let next = unsafe openat(directory, name, O_RDONLY | O_DIRECTORY)
            try #require(next >= 0)
            close(directory)
            directory = next
        }
        close(directory)
    }

    @Test("Deep trees and paths beyond PATH_MAX", .directoryInMemory, arguments: [(200, 25), (1, 500)])
    func deepTrees(nameLength: Int, depth: Int) throws {
        let root = try TemporaryDirectory.url().appending(path: "deep")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        // FileManager cannot remove what it cannot name.
        defer { _ = try? Process.run(URL(filePath: "/bin/rm"), arguments: ["-rf", root.path]).waitUntilExit() }
        let name = String(repeating: "n", count: nameLength)
        try makeDeepTree(in: root, name: name, depth: depth)

        let (entries, unreadable) = try listing(root.path)
        #expect(unreadable.isEmpty)
        #expect(entries.count == depth)
        #expect(entries.map(\.path) == entries.map(\.path).sorted())
        let deepest = String(repeating: name + "/", count: depth - 1) + "z/file"
        #expect(entries.contains { $0.path == ExactString(deepest) })

        let path = ExactString("\(root.path)/\(deepest)")
        guard case .file = DiskInventory.take(InventoryRequest(paths: [path])).paths[path] else {
            Issue.record("the deepest file is not found by its path of \(path.text.utf8.count) bytes")
            return
        }
    }

    @Test(
        "What cannot be read is named with the system's words", .temporaryDirectory,
        .enabled(if: getuid() != 0, "root may read everything"))
    func unreadable() throws {
        let root = try TemporaryDirectory.url()
        try makeFiles(["open/file", "locked/file"], in: root)
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: root.path + "/locked")
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: root.path + "/locked")
        }
        let result = try listing(root.path)
        #expect(result.entries.map(\.path) == ["open/file"])
        #expect(result.unreadable == [UnreadablePath(path: "locked", reason: "Permission denied")])
        let locked = try listing(root.path + "/locked")
        #expect(locked.unreadable == [UnreadablePath(path: "", reason: "Permission denied")])
    }

    @Test("A root that cannot be opened is unreadable, not absent", .temporaryDirectory)
    func unreadableRoot() throws {
        let root = try TemporaryDirectory.url()
        let name = String(repeating: "n", count: 300)
        let result = try listing("\(root.path)/\(name)")
        #expect(result.entries.isEmpty)
        #expect(result.unreadable == [UnreadablePath(path: "", reason: "File name too long")])
    }
}

// MARK: - Directories in directories

extension DiskInventoryTests {
    @Test("A directory inside another one has the listing that it has alone", .temporaryDirectory)
    func nestedRequests() throws {
        let root = try TemporaryDirectory.url()
        try makeFiles(["build/a/x", "build/a/y/z", "build/a.b/x", "build/b", "build/é/1", "build/real/f"], in: root)
        try FileManager.default.createDirectory(
            at: root.appending(path: "build/void"), withIntermediateDirectories: true)
        try makeLink("build/link", to: "real", in: root)
        try createFile([0x62, 0x61, 0x64, 0xFF], in: root.appending(path: "build/real"))
        let paths = [
            "build", "build/", "./build", "build/a", "build//a/", "build/a/./y", "build/a.b", "build/b", "build/void",
            "build/missing", "build/link", "build/real", "build/a/../a.b", "build/e\u{301}", "build/\u{e9}",
        ]
        let requests = paths.map { InventoryRequest.Directory(path: ExactString("\(root.path)/\($0)")) }
        let following = requests.map { InventoryRequest.Directory(path: $0.path, followsSymlinks: true) }
        let together = DiskInventory.take(InventoryRequest(directories: Set(requests + following)))
        #expect(together.directories.count == 2 * paths.count)
        for request in requests + following {
            let alone = DiskInventory.take(InventoryRequest(directories: [request]))
            #expect(together.directories[request] == alone.directories[request], "\(request)")
        }
    }
}
