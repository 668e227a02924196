import Crypto
import LocalFiles
public import RunOutputs
import SystemPackage
import UploadPlanning

/// A directory that stands for a bucket: the object with key `K` is the file `{directory}/K`.
///
/// Files keep the modification time of their source. Media types and other properties have no place in a directory.
/// Bytes are read once, hashed where somebody wants the hash, and written, instead of leaving the copy to the kernel: so
/// the hash is of exactly what was stored.
public struct LocalDirectoryBackend: UploadBackend {
    let directory: String
    private let synchronizesToDisk: Bool
    private let directories: DestinationDirectories
    let sources = SourceDirectories()

    /// Names a directory.
    ///
    /// - Parameters:
    ///   - directory: The directory; it is made with the first upload.
    ///   - synchronizesToDisk: Whether an object must be on the disk, safe from a power failure, to count as stored.
    public init(directory: String, synchronizesToDisk: Bool = false) {
        self.directory = directory
        self.synchronizesToDisk = synchronizesToDisk
        directories = DestinationDirectories(in: directory, synchronizes: synchronizesToDisk)
    }

    /// Takes note that nothing more is uploaded.
    public func finish() { directories.unfinished.finish() }

    public var displayName: String { directory }

    /// Stores one object as a file.
    ///
    /// - Parameters:
    ///   - request: The object. Its bucket and properties are not looked at.
    ///   - progress: Told how many more bytes have been written.
    /// - Returns: What was done.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func upload(
        _ request: UploadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> UploadReceipt {
        try Task.checkCancellation()
        let content = try ContentReader(request.body, in: sources)
        let place = try directories.place(of: request.destination.key)
        if request.existing != .replace, let existing = try place.existing() {
            return try await receipt(
                for: existing, at: place, request, newHash: { try await unsafe content.read { _ in } })
        }
        do {
            let staged = try place.stagedFile(of: directories.unfinished.owner)
            // Only what may have to be compared needs a hash that nobody asked for.
            let isHashed =
                request.sha256 == nil
                && (request.wantsSHA256 || request.existing != .replace || request.replaceable != nil)
            let written = try await write(content, to: staged, isHashed: isHashed, progress: progress)
            let hash = written ?? request.sha256
            if let expected = request.replaceable {
                return try await replace(expected, by: staged, at: place, hash)
            }
            if try publish(staged, at: place, request.existing) {
                return UploadReceipt(.uploaded, sha256: hash)
            }
            guard let hash, let existing = try place.existing() else {
                throw StoreError(.conflict, "another process makes and removes the object at the same time")
            }
            return try await receipt(for: existing, at: place, request, newHash: { hash })
        } catch let error as Errno {
            throw StoreError(destination: error)
        }
    }

    private func write(
        _ content: ContentReader, to staged: HiddenFile, isHashed: Bool, progress: (Int64) -> Void
    ) async throws -> String? {
        let write = { (chunk: UnsafeRawBufferPointer) in
            try unsafe staged.file.write(chunk)
            progress(Int64(chunk.count))
        }
        var hash: String?
        if isHashed {
            hash = try await unsafe content.read(write)
        } else {
            try await unsafe content.forEachChunk(write)
        }
        if let modified = content.modified { try staged.file.setModified(modified) }
        if synchronizesToDisk { try staged.file.synchronize() }
        try Task.checkCancellation()
        return hash
    }

    /// Lets a file appear at its place, and returns whether it did.
    private func publish(
        _ staged: HiddenFile, at place: DestinationPlace, _ policy: ExistingObjectPolicy
    ) throws -> Bool {
        if policy == .replace {
            try staged.replace(place.name)
        } else {
            do throws(Errno) {
                guard try staged.appearIfAbsent(as: place.name) else { return false }
            } catch {
                throw error == .notPermitted ? StoreError.noAtomicCreation(policy) : StoreError(destination: error)
            }
        }
        if synchronizesToDisk { try place.directory.synchronizeDirectory() }
        return true
    }
}

// MARK: - Objects that exist

extension LocalDirectoryBackend {
    /// Lets a file appear in the place of one other: processes that do so wait for each other.
    private func replace(
        _ expected: ReplaceableObject, by staged: HiddenFile, at place: DestinationPlace, _ hash: String?
    ) async throws -> UploadReceipt {
        let lock = try place.directory.open(Descriptor.cString(".".utf8), [.readOnly, .directory])
        try lock.lock(waits: true)
        let old = try place.existing() == nil ? nil : await self.hash(of: place)
        if let hash, old == hash { return UploadReceipt(.identical, sha256: hash) }
        guard old == expected.sha256 else {
            throw StoreError(
                .conflict, "another writer has replaced the object since it was read",
                hint: "nothing was overwritten; run the command again")
        }
        _ = try publish(staged, at: place, .replace)
        return UploadReceipt(.uploaded, sha256: hash)
    }
}

extension LocalDirectoryBackend {
    private func receipt(
        for existing: FileStatus, at place: DestinationPlace, _ request: UploadRequest,
        newHash: () async throws -> String
    ) async throws -> UploadReceipt {
        if request.existing == .keep { return UploadReceipt(.kept, sha256: nil) }
        guard existing.kind == .regular else {
            throw StoreError(.conflict, "the destination is a symlink or a special file", hint: "remove it")
        }
        guard request.existing == .identical else {
            throw StoreError(
                .conflict, "exists already, with \(existing.version.size) bytes",
                hint: "remove it, or let the rule say 'existing: identical', 'keep' or 'replace'")
        }
        let new = try await newHash()
        let old = try await hash(of: place)
        guard new == old else {
            throw StoreError(
                .conflict,
                "exists already with other content: SHA-256 \(old) (\(existing.version.size) bytes) there, "
                    + "\(new) (\(request.body.byteCount) bytes) here",
                hint: "remove it, or publish under another name")
        }
        return UploadReceipt(.identical, sha256: new)
    }

    private func hash(of place: DestinationPlace) async throws -> String {
        let incomparable = { (error: Errno) in
            StoreError(.conflict, "exists already, and cannot be compared: \(error)")
        }
        let file: Descriptor
        var hash = SHA256()
        do throws(Errno) {
            file = try place.directory.open(place.name, [.readOnly, .nonBlocking, .noFollow])
        } catch {
            throw incomparable(error)
        }
        try await unsafe file.forEachChunk(describingFailure: incomparable) { unsafe hash.update(bufferPointer: $0) }
        return hash.hexadecimal()
    }
}

extension StoreError {
    fileprivate static func noAtomicCreation(_ policy: ExistingObjectPolicy) -> StoreError {
        StoreError(
            .destination, "the file system has no hard links, which 'existing: \(policy.rawValue)' needs",
            hint: "choose another output directory, or 'existing: replace'")
    }
}

extension LocalDirectoryBackend {
    /// Copies a file that stands for an object.
    ///
    /// - Parameters:
    ///   - source: The object.
    ///   - destination: Where the copy goes.
    ///   - properties: Not looked at: files have no tags.
    /// - Returns: What was done.
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if something else is there; `CancellationError`.
    public func copy(
        _ source: OutputLocation, to destination: OutputLocation, properties: PlaceProperties
    ) async throws -> UploadReceipt {
        guard let object = try await head(source), let modified = object.modified else {
            throw StoreError(absent: source)
        }
        let file = SourceFile(
            path: ExactString(source.localPath(in: directory)),
            version: FileVersion(size: object.size, modified: modified))
        return try await upload(
            UploadRequest(body: .file(file), destination: destination, contentType: "", existing: .identical),
            progress: { _ in })
    }
}

extension LocalDirectoryBackend {
    /// Whether a directory holds only one of two names that differ by case, as drives do that Windows or macOS share.
    ///
    /// Nothing is written to find out: a name that is there is looked for in the other case. Where there is none, the
    /// name of the directory itself tells, since new directories are like those above on the same file system.
    ///
    /// - Parameter directory: The directory; it need not exist yet.
    /// - Returns: Whether case is ignored; `false` where that cannot be told.
    public static func ignoresCase(in directory: String) -> Bool {
        let path = directory.isEmpty ? "." : directory
        guard let opened = try? Descriptor.open(path: path, [.readOnly, .directory]) else {
            return path.parent.map(ignoresCase) ?? false
        }
        if let answer = opened.ignoresCase { return answer }
        guard let parent = path.parent, let above = try? Descriptor.open(path: parent, [.readOnly, .directory]),
            above.device == opened.device, let name = try? Descriptor.cString(path.lastSegment.utf8)
        else { return false }
        return above.findsInOtherCase(name) ?? false
    }
}

extension Descriptor {
    /// Whether this directory ignores case, as far as the names in it tell.
    fileprivate var ignoresCase: Bool? {
        var names: Set<[CChar]> = []
        guard (try? forEachName { name, _ in if names.count < 1000 { names.insert(name) } }) != nil else { return nil }
        for name in names where name.inOtherCase != name {
            // Both names may be there, and of one file.
            return names.contains(name.inOtherCase) ? false : findsInOtherCase(name)
        }
        return nil
    }

    /// Whether a name of this directory leads to the same file in the other case; `nil` for a name without letters.
    fileprivate func findsInOtherCase(_ name: [CChar]) -> Bool? {
        let other = name.inOtherCase
        guard other != name, let here = try? status(of: name) else { return nil }
        return (try? status(of: other))?.identity == here.identity
    }

    fileprivate var device: UInt64? { (try? status())?.identity.device }
}

extension [CChar] {
    /// The name with every ASCII letter in the other case.
    fileprivate var inOtherCase: [CChar] {
        map { byte in
            switch UInt8(bitPattern: byte) {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): byte ^ 0x20
            default: byte
            }
        }
    }
}

extension String {
    /// The path of the directory that holds this one; `nil` for the root.
    fileprivate var parent: String? {
        let path = utf8.count > 1 && hasSuffix("/") ? String(dropLast()) : self
        if path == "/" || path == "." || path == ".." { return nil }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    fileprivate var lastSegment: String { split(separator: "/").last.map(String.init) ?? self }
}

extension LocalDirectoryBackend {
    /// Copies a file that stands for an object.
    ///
    /// - Parameters:
    ///   - request: The object and where it goes.
    ///   - progress: Told how many more bytes have been written.
    /// - Returns: What was written.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func download(
        _ request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> DownloadReceipt {
        let source = try openObject(request.location)
        let copy = try PartialFile(at: request.path, version: nil)
        var hash = SHA256()
        var byteCount: Int64 = 0
        do {
            try await unsafe source.forEachChunk(describingFailure: Self.describe(request.location)) { chunk in
                unsafe hash.update(bufferPointer: chunk)
                try unsafe copy.write(chunk, at: byteCount)
                byteCount += Int64(chunk.count)
                progress(Int64(chunk.count))
            }
            let sha256 = hash.hexadecimal()
            try request.check(sha256)
            try copy.publish()
            return DownloadReceipt(
                byteCount: byteCount, sha256: sha256, evidence: request.sha256 == nil ? .size : .announced)
        } catch {
            copy.discard()
            throw error
        }
    }

    /// Reads a file that stands for an object.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - consume: Takes the next bytes.
    /// - Throws: ``StoreError``, `CancellationError`, or what `consume` throws.
    public func read(_ location: OutputLocation, _ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        try await unsafe openObject(location).forEachChunk(describingFailure: Self.describe(location), consume)
    }

    /// Compares a file that stands for an object with another file.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - location: The object.
    /// - Returns: What is there.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func compare(_ body: UploadBody, with location: OutputLocation) async throws -> ObjectComparison {
        guard let object = try await head(location) else { return .absent }
        guard object.size == body.byteCount else {
            return .different("it has \(object.size) bytes, the file has \(body.byteCount)")
        }
        let expected = try await unsafe ContentReader(body, in: sources).read { _ in }
        let found = try await sha256(of: location)
        return found == expected ? .identical : .different("its SHA-256 is \(found), the file's is \(expected)")
    }

    private func openObject(_ location: OutputLocation) throws(StoreError) -> Descriptor {
        // A pipe would block without a writer.
        let file = try open(location.key, [.readOnly, .nonBlocking, .noTerminal])
        guard let file, (try? file.status())?.kind == .regular else { throw StoreError(absent: location) }
        return file
    }

    private static func describe(_ location: OutputLocation) -> (Errno) -> StoreError {
        { StoreError(unreadable: location.key.text, $0) }
    }
}

extension DownloadRequest {
    /// Compares the digest of what arrived with the one that was announced.
    ///
    /// - Parameter digest: The SHA-256 of the content in lower-case hexadecimal.
    /// - Throws: ``StoreError`` if they differ.
    package func check(_ digest: String) throws(StoreError) {
        guard let sha256, sha256 != digest else { return }
        throw StoreError(
            .damaged, "it has SHA-256 \(digest), its checksum file says \(sha256)",
            hint: "the object or its checksum file is damaged: fetch it again, and if it stays that way, tell whoever "
                + "published the run")
    }
}
