public import Foundation
public import RunOutputs
import Synchronization
public import Testing
public import UploadExecution
import UploadPlanning

/// The promises of `ArtifactBackend`, as tests: what is read is what `UploadBackend` has stored in the same place.
public struct ArtifactContract: Sendable {
    public enum Promise: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case listsEverything = "lists all objects below a prefix, in the order of their keys"
        case listsOneLevel = "lists one level, and the prefixes that lead deeper"
        case listsNothing = "lists nothing below a prefix that has no objects"
        case listsOddKeys = "lists odd keys as they are"
        case listsManyPages = "lists more objects than fit on a page"
        case describesObjects = "tells size and time of an object"
        case tellsAbsence = "tells that there is no object, and takes no prefix for one"
        case downloads = "downloads small, empty and large objects byte by byte"
        case downloadsOddKeys = "downloads objects with odd keys"
        case downloadReplaces = "replaces an older file as a whole"
        case downloadChecks = "does not let a file appear whose announced digest differs"
        case downloadTellsAbsence = "tells that there is nothing to download"
        case downloadRefusesBadPlace = "says that a file cannot be written"
        case reads = "reads objects in order"
        case copies = "copies objects, small and large, inside the store"
        case copyNeverOverwrites = "copies over the same content, and never over anything else"
        case refusesMissingStore = "does not take a missing bucket or directory for an empty one"

        public var testDescription: String { rawValue }
    }

    let backend: any UploadBackend & ArtifactBackend
    let missing: any ArtifactBackend
    let root: OutputLocation
    let scratch: URL

    /// Prepares the checks.
    ///
    /// - Parameters:
    ///   - backend: The backend.
    ///   - root: Where objects may be stored: a bucket and a prefix that nothing else uses.
    ///   - missing: A backend of the same kind; in the bucket `{bucket}-missing` there is nothing to read from.
    ///   - scratch: A directory for files.
    public init(
        backend: any UploadBackend & ArtifactBackend, root: OutputLocation, missing: any ArtifactBackend, scratch: URL
    ) {
        self.backend = backend
        self.root = root
        self.missing = missing
        self.scratch = scratch
    }

    /// Checks one promise.
    ///
    /// - Parameter promise: The promise.
    /// - Throws: What the backend throws where it must not.
    public func check(_ promise: Promise) async throws {
        switch promise {
        case .listsEverything: try await listsEverything()
        case .listsOneLevel: try await listsOneLevel()
        case .listsNothing: try await listsNothing()
        case .listsOddKeys: try await listsOddKeys()
        case .listsManyPages: try await listsManyPages()
        case .describesObjects: try await describesObjects()
        case .tellsAbsence: try await tellsAbsence()
        case .downloads: try await downloads()
        case .downloadsOddKeys: try await downloadsOddKeys()
        case .downloadReplaces: try await downloadReplaces()
        case .downloadChecks: try await downloadChecks()
        case .downloadTellsAbsence: try await downloadTellsAbsence()
        case .downloadRefusesBadPlace: try await downloadRefusesBadPlace()
        case .reads: try await reads()
        case .copies: try await copies()
        case .copyNeverOverwrites: try await copyNeverOverwrites()
        case .refusesMissingStore: await refusesMissingStore()
        }
    }

    // MARK: - Steps

    func put(_ text: String, at name: String) async throws {
        _ = try await backend.upload(
            UploadRequest(
                body: .bytes(Array(text.utf8)), destination: root.appending(name), contentType: "text/x-log"),
            progress: { _ in })
    }

    func names(_ prefix: OutputLocation, _ depth: ListingDepth = .everything) async throws -> [String] {
        var names: [String] = []
        for try await entry in backend.list(prefix, depth) {
            switch entry {
            case .object(let object): names.append(String(object.location.key.text.dropFirst(root.key.text.count + 1)))
            case .prefix(let location):
                names.append(String(location.key.text.dropFirst(root.key.text.count + 1)) + "/")
            }
        }
        return names
    }
}

// MARK: - Listing

extension ArtifactContract {
    private static let tree = ["a.txt", "a/b", "a/b.log", "a/c/d", "a0", "b_lib_x.tar.zst", "logs/x/y"]

    private func makeTree() async throws {
        for name in Self.tree { try await put("of \(name)", at: name) }
        let neighbour = OutputLocation(bucket: root.bucket, key: ExactString("\(root.key)-other/x"))
        _ = try await backend.upload(
            UploadRequest(body: .bytes([1]), destination: neighbour, contentType: "text/plain"), progress: { _ in })
    }

    func listsEverything() async throws {
        try await makeTree()
        #expect(try await names(root) == Self.tree)
        #expect(try await names(root.appending("a")) == ["a/b", "a/b.log", "a/c/d"])
        let objects = try await backend.objects(below: root)
        #expect(objects.map(\.size) == Self.tree.map { Int64("of \($0)".utf8.count) })
        #expect(objects.allSatisfy { $0.location.bucket == root.bucket })
    }

    func listsOneLevel() async throws {
        try await makeTree()
        #expect(try await names(root, .oneLevel) == ["a.txt", "a/", "a0", "b_lib_x.tar.zst", "logs/"])
        #expect(try await names(root.appending("a"), .oneLevel) == ["a/b", "a/b.log", "a/c/"])
        let objects = try await backend.objects(below: root, .oneLevel)
        #expect(objects.map(\.location.key.text) == ["a.txt", "a0", "b_lib_x.tar.zst"].map { "\(root.key)/\($0)" })
    }

    func listsNothing() async throws {
        try await makeTree()
        #expect(try await names(root.appending("absent")).isEmpty)
        #expect(try await names(root.appending("a0"), .oneLevel).isEmpty)
        // An object is not below itself.
        #expect(try await names(root.appending("a/b")).isEmpty)
    }

    func listsOddKeys() async throws {
        for name in BackendContract.oddNames { try await put(name, at: name) }
        let expected = BackendContract.oddNames.map { ExactString($0) }.sorted().map(\.text)
        #expect(try await names(root) == expected)
    }

    func listsManyPages() async throws {
        let expected = (0..<1_050).map { "many/\(10_000 + $0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, name) in expected.enumerated() {
                if index >= 32 { try await group.next() }
                group.addTask { try await put("", at: name) }
            }
            try await group.waitForAll()
        }
        #expect(try await names(root) == expected)
        #expect(try await names(root.appending("many"), .oneLevel) == expected)
    }

    func refusesMissingStore() async {
        let nowhere = OutputLocation(bucket: "\(root.bucket)-missing", key: root.key)
        let error = await #expect(throws: StoreError.self) { _ = try await missing.objects(below: nowhere) }
        #expect(error?.code == .notFound, "\(error.map { "\($0)" } ?? "")")
    }
}

// MARK: - Single objects

extension ArtifactContract {
    func describesObjects() async throws {
        let start = Int64(Date().timeIntervalSince1970) - 5
        try await put("hello\n", at: "object")
        try await put("", at: "empty")
        let object = try #require(try await backend.head(root.appending("object")))
        #expect(object.location == root.appending("object"))
        #expect(object.size == 6)
        #expect(object.etag?.isEmpty != true && object.etag?.contains("\"") != true)
        #expect(try #require(object.modified) / 1_000_000_000 >= start)
        #expect(object.sha256 == nil || object.sha256 == BackendContract.sha256(Data("hello\n".utf8)))
        #expect(try await backend.head(root.appending("empty"))?.size == 0)
        let listed = try await backend.objects(below: root).first { $0.location == object.location }
        #expect(listed?.etag == object.etag)
        #expect(listed?.modified.map { $0 / 1_000_000_000 } == object.modified.map { $0 / 1_000_000_000 })
    }

    func tellsAbsence() async throws {
        try await put("x", at: "a/b")
        for name in ["absent", "a", "a/b/c", "absent/b"] {
            #expect(try await backend.head(root.appending(name)) == nil, "\(name)")
        }
    }
}

// MARK: - Downloads

extension ArtifactContract {
    private static let large = Data.sample(byteCount: 11_000_001)

    private func put(_ data: Data, at name: String) async throws {
        let file = try TestFile.write(data, to: "source", in: scratch)
        _ = try await backend.upload(
            UploadRequest(
                body: .file(file), destination: root.appending(name), contentType: "application/octet-stream"),
            progress: { _ in })
    }

    private func path(_ name: String = "copy") throws -> String {
        let directory = scratch.appending(path: "downloads")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory.appending(path: name).path
    }

    private func request(_ name: String, to path: String, sha256: String? = nil) -> DownloadRequest {
        DownloadRequest(location: root.appending(name), path: path, sha256: sha256)
    }

    /// The names that downloads have left behind.
    private func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.appending(path: "downloads").path).sorted()
    }

    func downloads() async throws {
        for (name, data) in [("small", Data("hello\n".utf8)), ("empty", Data()), ("large", Self.large)] {
            try await put(data, at: name)
            let arrived = Mutex<Int64>(0)
            let receipt = try await backend.download(request(name, to: path(name))) { count in
                arrived.withLock { $0 += count }
            }
            #expect(FileManager.default.contents(atPath: try path(name)) == data)
            #expect(receipt.byteCount == Int64(data.count))
            #expect(receipt.sha256 == BackendContract.sha256(data))
            #expect(arrived.withLock { $0 } == Int64(data.count))
        }
        #expect(try leftovers() == ["empty", "large", "small"])
    }

    func downloadsOddKeys() async throws {
        for name in BackendContract.oddNames {
            try await put(name, at: name)
            _ = try await backend.download(request(name, to: path()), progress: { _ in })
            #expect(try String(contentsOfFile: path(), encoding: .utf8) == name)
        }
    }

    func downloadReplaces() async throws {
        try Data("old and longer than the new one".utf8).write(to: URL(filePath: path()))
        try await put("new", at: "object")
        _ = try await backend.download(request("object", to: path()), progress: { _ in })
        #expect(try String(contentsOfFile: path(), encoding: .utf8) == "new")
        #expect(try leftovers() == ["copy"])
    }

    func downloadChecks() async throws {
        try await put("content", at: "object")
        let right = BackendContract.sha256(Data("content".utf8))
        let wrong = BackendContract.sha256(Data("other".utf8))
        let error = await #expect(throws: StoreError.self) {
            _ = try await backend.download(request("object", to: path(), sha256: wrong), progress: { _ in })
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains(wrong) == true)
        #expect(try leftovers().isEmpty)
        let receipt = try await backend.download(request("object", to: path(), sha256: right), progress: { _ in })
        #expect(receipt.evidence == .announced)
    }

    func downloadTellsAbsence() async throws {
        let error = await #expect(throws: StoreError.self) {
            _ = try await backend.download(request("absent", to: path()), progress: { _ in })
        }
        #expect(error?.code == .notFound)
        #expect(try leftovers().isEmpty)
    }

    func downloadRefusesBadPlace() async throws {
        try await put("content", at: "object")
        let error = await #expect(throws: StoreError.self) {
            _ = try await backend.download(request("object", to: path("absent/copy")), progress: { _ in })
        }
        #expect(error?.code == .destination)
    }

    func reads() async throws {
        try await put(Self.large, at: "large")
        var bytes: [UInt8] = []
        try await unsafe backend.read(root.appending("large")) { unsafe bytes.append(contentsOf: $0) }
        #expect(Data(bytes) == Self.large)
        #expect(try await backend.contents(of: root.appending("large"), limit: Self.large.count).count == bytes.count)
        await #expect(throws: StoreError.self) {
            try await backend.contents(of: root.appending("large"), limit: Self.large.count - 1)
        }
        let error = await #expect(throws: StoreError.self) {
            try await backend.contents(of: root.appending("absent"), limit: 1)
        }
        #expect(error?.code == .notFound)
    }
}

// MARK: - Copies

extension ArtifactContract {
    private func content(_ name: String) async throws -> Data {
        Data(try await backend.contents(of: root.appending(name), limit: Self.large.count + 1))
    }

    func copies() async throws {
        try await put("small", at: "odd +%ü:name")
        try await put("", at: "empty")
        try await put(Self.large, at: "large")
        for name in ["odd +%ü:name", "empty", "large"] {
            let receipt = try await backend.copy(root.appending(name), to: root.appending("to/\(name)"))
            #expect(receipt.outcome == .uploaded)
            #expect(try await content("to/\(name)") == content(name))
        }
        let error = await #expect(throws: StoreError.self) {
            try await backend.copy(root.appending("absent"), to: root.appending("to/absent"))
        }
        #expect(error?.code == .notFound)
        #expect(try await names(root.appending("to")) == ["to/empty", "to/large", "to/odd +%ü:name"])
    }

    func copyNeverOverwrites() async throws {
        try await put("content", at: "source")
        try await put("content", at: "same")
        try await put("CONTENT", at: "other")
        #expect(try await backend.copy(root.appending("source"), to: root.appending("same")).outcome == .identical)
        let error = await #expect(throws: StoreError.self) {
            try await backend.copy(root.appending("source"), to: root.appending("other"))
        }
        #expect(error?.code == .conflict)
        #expect(try await content("other") == Data("CONTENT".utf8))
    }
}
