public import RunOutputs
public import UploadPlanning

/// Compares what a store holds with what it should hold.
public struct ObjectVerifier: Sendable {
    private let backend: any ArtifactBackend
    private let concurrency: Int
    private let readsEverything: Bool
    private let archives: any ArchiveMaker
    private let spoolDirectory: String
    private let sources = SourceDirectories()

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - concurrency: How many objects are looked at at once; at least 1.
    ///   - readsEverything: Whether objects are read even where the store keeps a checksum of them.
    ///   - archives: What makes archives.
    ///   - spoolDirectory: Where archives are made to be compared.
    public init(
        backend: any ArtifactBackend, concurrency: Int, readsEverything: Bool = false,
        archives: any ArchiveMaker = LibArchiveMaker(), spoolDirectory: String = "/tmp"
    ) {
        self.archives = archives
        self.spoolDirectory = spoolDirectory
        self.backend = backend
        self.concurrency = max(1, concurrency)
        self.readsEverything = readsEverything
    }

    /// Looks at objects.
    ///
    /// An object is read only where the store keeps no checksum that can be compared.
    ///
    /// - Parameter expected: What should be there.
    /// - Returns: What is there, in the same order.
    /// - Throws: `CancellationError` when the task was cancelled.
    public func findings(_ expected: [ExpectedObject]) async throws -> [VerificationFinding] {
        try await expected.boundedMap(limit: concurrency) { try await finding($0) }
    }

    /// Finds objects that are beside those that should be there, and that nobody expects.
    ///
    /// - Parameter expected: What should be there.
    /// - Returns: The other objects in directories of expected ones, in the order of their keys.
    /// - Throws: ``StoreError`` if the store cannot be listed; `CancellationError`.
    public func extras(beside expected: [ExpectedObject]) async throws -> [StoredObject] {
        var extras: [StoredObject] = []
        for (bucket, objects) in Dictionary(grouping: expected, by: \.location.bucket).sorted(by: { $0.key < $1.key }) {
            let keys = Set(objects.map(\.location.key))
            let directories = Set(keys.map { $0.directory })
            guard var common = directories.first.map({ $0.text.split(separator: "/") }) else { continue }
            for directory in directories {
                let parts = directory.text.split(separator: "/")
                let count = zip(common, parts).prefix { $0.utf8.elementsEqual($1.utf8) }.count
                common = Array(common.prefix(count))
            }
            // Without a common prefix it would be the whole bucket.
            guard !common.isEmpty else { continue }
            let prefix = OutputLocation(bucket: bucket, key: ExactString(common.joined(separator: "/")))
            for try await case .object(let object) in backend.list(prefix, .everything) {
                let key = object.location.key
                if !keys.contains(key), directories.contains(key.directory) { extras.append(object) }
            }
        }
        return extras
    }

    private func finding(_ expected: ExpectedObject) async throws -> VerificationFinding {
        do {
            switch expected.content {
            case .file(let file): return try await compare(file, expected.location)
            case .archive(let recipe): return try await compare(recipe, expected.location)
            case .digest(let sha256, let size, let etag):
                return try await compare(sha256, size, etag, expected.location)
            case .unknown(let size):
                guard let object = try await backend.head(expected.location) else { return .missing }
                return Self.difference(in: object, from: size) ?? .exists
            }
        } catch let error as StoreError {
            return error.code == .notFound ? .missing : .failed(error)
        }
    }

    private func compare(_ file: SourceFile, _ location: OutputLocation) async throws -> VerificationFinding {
        if !readsEverything {
            switch try await backend.compare(.file(file), with: location) {
            case .absent: return .missing
            case .identical: return .identical
            case .different(let how): return .different(how)
            case .undecided: break
            }
        }
        let expected = try await unsafe ContentReader(.file(file), in: sources).read { _ in }
        return try await compare(expected, file.version.size, nil, location)
    }

    private func compare(_ recipe: ArchiveRecipe, _ location: OutputLocation) async throws -> VerificationFinding {
        guard try await backend.head(location) != nil else { return .missing }
        let spool = try SpoolFile(in: spoolDirectory)
        defer { spool.remove() }
        try await archives.makeArchive(recipe, at: spool.path)
        let finding = try await compare(spool.finished(), location)
        guard case .different(let how) = finding else { return finding }
        return .different("\(how); the archive was made again, and another compression library makes other bytes")
    }

    private func compare(
        _ sha256: String, _ size: Int64?, _ etag: String?, _ location: OutputLocation
    ) async throws -> VerificationFinding {
        guard let object = try await backend.head(location) else { return .missing }
        if let difference = Self.difference(in: object, from: size) { return difference }
        // The tag is the store's own word, and another one after every change; metadata is anybody's.
        if !readsEverything, let etag, !etag.isEmpty, etag == object.etag { return .identical }
        let found = try await backend.sha256(of: location)
        return found == sha256 ? .identical : .different("its SHA-256 is \(found), not \(sha256)")
    }

    private static func difference(in object: StoredObject, from size: Int64?) -> VerificationFinding? {
        size.flatMap { $0 == object.size ? nil : .different("it has \(object.size) bytes, not \($0)") }
    }
}

extension ExactString {
    /// The key of the directory that the object is in, without a trailing slash; empty at the top.
    fileprivate var directory: ExactString {
        ExactString(text.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(text[..<$0]) } ?? "")
    }
}

/// An object that should be in a store.
public struct ExpectedObject: Hashable, Sendable {
    /// What is known of the content that it should have.
    public enum Content: Hashable, Sendable {
        case file(SourceFile)
        /// It is an archive, which is made again to compare it.
        case archive(ArchiveRecipe)
        /// It has this SHA-256, in lower-case hexadecimal, and this many bytes; the store gave it this entity tag.
        case digest(sha256: String, size: Int64?, etag: String? = nil)
        /// Nothing but perhaps its size: the object has to exist.
        case unknown(size: Int64?)
    }

    /// Where it should be.
    public var location: OutputLocation
    /// What it should hold.
    public var content: Content

    /// Joins a location and its content.
    public init(location: OutputLocation, content: Content) {
        self.location = location
        self.content = content
    }
}

/// What a store holds where an object should be.
public enum VerificationFinding: Equatable, Sendable {
    /// The object, with the right content.
    case identical
    /// The object; what it should hold is not known.
    case exists
    /// Nothing.
    case missing
    /// An object with other content, and how that shows.
    case different(String)
    /// The store does not say, or the content to compare with cannot be read.
    case failed(StoreError)
}
