import Foundation
import Glibc
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

/// Shows deviation 43 of docs/deviations.md.
@Suite("Sources that are replaced between plan and upload")
struct SwappedSourceTests {
    /// What is at `tree/sub/file` or above it becomes something else; `private` has the same names.
    enum Swap: String, CaseIterable, Sendable {
        case fileBySymlink, fileByHardLink, fileByAnother, fileByPipe, fileByDirectory
        case directoryBySymlink, directoryByAnother, topBySymlink, topByAnother, contentInPlace

        func carryOut(in root: String) throws {
            let manager = FileManager.default
            let (file, directory, top) = (root + "/tree/sub/file", root + "/tree/sub", root + "/tree")
            switch self {
            case .fileBySymlink:
                try manager.removeItem(atPath: file)
                try manager.createSymbolicLink(atPath: file, withDestinationPath: root + "/private/sub/file")
            case .fileByHardLink:
                try manager.removeItem(atPath: file)
                try manager.linkItem(atPath: root + "/private/sub/file", toPath: file)
            case .fileByAnother: try #require(unsafe rename(root + "/private/sub/file", file) == 0)
            case .fileByPipe:
                try manager.removeItem(atPath: file)
                try #require(unsafe mkfifo(file, 0o644) == 0)
            case .fileByDirectory:
                try manager.removeItem(atPath: file)
                try manager.createDirectory(atPath: file, withIntermediateDirectories: false)
            case .directoryBySymlink, .directoryByAnother:
                try manager.moveItem(atPath: directory, toPath: root + "/old")
                if self == .directoryByAnother {
                    return try manager.moveItem(atPath: root + "/private/sub", toPath: directory)
                }
                try manager.createSymbolicLink(atPath: directory, withDestinationPath: root + "/private/sub")
            case .topBySymlink, .topByAnother:
                try manager.moveItem(atPath: top, toPath: root + "/old")
                if self == .topByAnother { return try manager.moveItem(atPath: root + "/private", toPath: top) }
                try manager.createSymbolicLink(atPath: top, withDestinationPath: root + "/private")
            case .contentInPlace:
                let handle = try #require(FileHandle(forWritingAtPath: file))
                try handle.write(contentsOf: Data(SwappedSourceTests.secret.utf8))
                try handle.close()
                try SwappedSourceTests.setTime(of: file)
            }
        }
    }

    private static let secret = "ghp_" + "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2"
    private static let planned = String(repeating: "p", count: 40)

    fileprivate static func setTime(of path: String) throws {
        let time = timeval(tv_sec: 1_700_000_000, tv_usec: 1)
        try #require(unsafe utimes(path, [time, time]) == 0)
    }

    /// How a rule names the file.
    enum Rule: CaseIterable, Sendable { case directory, followingDirectory, file }

    /// Makes both files, alike but for their content, and looks at the tree as planning does.
    private func plan(_ rule: Rule, in root: String) throws -> SourceFile {
        for (name, text) in [("tree", Self.planned), ("private", Self.secret)] {
            let file = try TestFile.write(text, to: "\(name)/sub/file", in: URL(filePath: root))
            try Self.setTime(of: file.path.text)
        }
        let path = ExactString(root + "/tree/sub/file")
        if rule == .file {
            let inventory = DiskInventory.take(InventoryRequest(paths: [path]))
            guard case .file(let version) = inventory.paths[path] else { throw CocoaError(.fileNoSuchFile) }
            return SourceFile(path: path, version: version)
        }
        let directory = InventoryRequest.Directory(
            path: ExactString(root + "/tree"), followsSymlinks: rule == .followingDirectory)
        let inventory = DiskInventory.take(InventoryRequest(directories: [directory]))
        guard case .listed(let entries, _) = inventory.directories[directory], let entry = entries.first else {
            throw CocoaError(.fileNoSuchFile)
        }
        return SourceFile(
            path: path, version: entry.version,
            directoryLength: rule == .directory ? directory.path.text.utf8.count : nil)
    }

    private func upload(_ file: SourceFile, with backend: LocalDirectoryBackend) async throws -> UploadReceipt {
        try await backend.upload(
            UploadRequest(
                body: .file(file), destination: OutputLocation(bucket: "b", key: "object"), contentType: "text/plain"),
            progress: { _ in })
    }

    @Test("are not uploaded", .temporaryDirectory, arguments: Swap.allCases, Rule.allCases)
    func uploads(_ swap: Swap, _ rule: Rule) async throws {
        let root = try TemporaryDirectory.url().path
        let file = try plan(rule, in: root)
        let backend = LocalDirectoryBackend(directory: root + "/output")
        try swap.carryOut(in: root)
        let error = await #expect(throws: StoreError.self) { _ = try await upload(file, with: backend) }
        #expect(error?.code == .sourceChanged || error?.code == .unreadableSource)
        #expect(!FileManager.default.fileExists(atPath: root + "/output/object"))
    }

    @Test("are not uploaded from a directory that is open already", .temporaryDirectory, arguments: Swap.allCases)
    func openDirectory(_ swap: Swap) async throws {
        let root = try TemporaryDirectory.url().path
        let file = try plan(.directory, in: root)
        let backend = LocalDirectoryBackend(directory: root + "/output")
        #expect(try await upload(file, with: backend).outcome == .uploaded)
        try swap.carryOut(in: root)
        // The directory that is open may still hold the right file.
        _ = try? await upload(file, with: backend)
        let stored = FileManager.default.contents(atPath: root + "/output/object")
        #expect(stored.map { String(decoding: $0, as: UTF8.self) } == Self.planned)
    }

    @Test("are not put into archives", .temporaryDirectory, arguments: Swap.allCases, Rule.allCases)
    func archives(_ swap: Swap, _ rule: Rule) async throws {
        let root = try TemporaryDirectory.url().path
        let file = try plan(rule, in: root)
        try TestFile.write("", to: "archive", in: URL(filePath: root))
        try swap.carryOut(in: root)
        let recipe = ArchiveRecipe(format: .tarGzip, level: nil, members: [.init(name: "sub/file", file: file)])
        let error = await #expect(throws: StoreError.self) {
            try await LibArchiveMaker().makeArchive(recipe, at: root + "/archive")
        }
        #expect(error?.message.contains("tree/sub/file") == true)
    }

    @Test("are not what is searched for credentials", .temporaryDirectory, arguments: Swap.allCases)
    func secrets(_ swap: Swap) async throws {
        let root = try TemporaryDirectory.url().path
        let file = try plan(.directory, in: root)
        try swap.carryOut(in: root)
        #expect(await SecretScan.secrets(in: [file]) == [:])
    }

    @Test("Without a change everything is uploaded, also through links that the plan names", .temporaryDirectory)
    func unchanged() async throws {
        let root = try TemporaryDirectory.url().path
        var file = try plan(.directory, in: root)
        let backend = LocalDirectoryBackend(directory: root + "/output")
        #expect(try await upload(file, with: backend).outcome == .uploaded)
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "tree")
        file.path = ExactString(root + "/link/sub/file")
        file.directoryLength = (root + "/link").utf8.count
        #expect(try await upload(file, with: backend).outcome == .uploaded)
        file.directoryLength = root.utf8.count
        await #expect(throws: StoreError.self) { _ = try await upload(file, with: backend) }
    }
}
