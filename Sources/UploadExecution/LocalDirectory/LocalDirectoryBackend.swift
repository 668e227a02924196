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

    /// The directory.
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
        if let existing = try place.existing(), request.existing != .replace {
            return try await receipt(
                for: existing, at: place, request, newHash: { try await unsafe content.read { _ in } })
        }
        do {
            let staged = try StagedFile(at: place, owner: directories.unfinished.owner)
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
        _ content: ContentReader, to staged: StagedFile, isHashed: Bool, progress: (Int64) -> Void
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
        _ staged: StagedFile, at place: DestinationPlace, _ policy: ExistingObjectPolicy
    ) throws -> Bool {
        if policy == .replace {
            try staged.replace()
        } else {
            do throws(Errno) {
                guard try staged.appearIfAbsent() else { return false }
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
        _ expected: ReplaceableObject, by staged: StagedFile, at place: DestinationPlace, _ hash: String?
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
