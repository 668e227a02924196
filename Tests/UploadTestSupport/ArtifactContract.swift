public import Foundation
public import RunOutputs
public import Testing
public import UploadExecution
import UploadPlanning

/// The promises of `ArtifactBackend`, as tests: what is read is what `UploadBackend` has stored in the same place.
public struct ArtifactContract: Sendable {
    /// One promise.
    public enum Promise: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case listsEverything = "lists all objects below a prefix, in the order of their keys"
        case listsOneLevel = "lists one level, and the prefixes that lead deeper"
        case listsNothing = "lists nothing below a prefix that has no objects"
        case listsOddKeys = "lists odd keys as they are"
        case listsManyPages = "lists more objects than fit on a page"
        case describesObjects = "tells size and time of an object"
        case tellsAbsence = "tells that there is no object, and takes no prefix for one"
        case refusesMissingStore = "does not take a missing bucket or directory for an empty one"

        /// The promise in words.
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
        let error = await #expect(throws: UploadError.self) { _ = try await missing.objects(below: nowhere) }
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
