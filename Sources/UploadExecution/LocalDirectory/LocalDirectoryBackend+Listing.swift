import LocalFiles
public import RunOutputs
import SystemPackage
import UploadPlanning

extension LocalDirectoryBackend: ArtifactBackend {
    /// Lists the files below a directory, as one page.
    ///
    /// Only regular files are objects: no symlink is followed, and files that an upload has not finished are left out.
    ///
    /// - Parameters:
    ///   - prefix: The directory below this backend's; its bucket is not looked at.
    ///   - depth: How deep to look.
    /// - Returns: The listing.
    public func list(_ prefix: OutputLocation, _ depth: ListingDepth) -> ObjectListing {
        ObjectListing(below: prefix, depth) { _ in
            guard let directory = try open(prefix.key, [.readOnly, .directory]) else {
                return ObjectListing.Page(entries: [])
            }
            var entries: [ListingEntry] = []
            try collect(from: directory, prefix, depth, into: &entries)
            return ObjectListing.Page(entries: entries)
        }
    }

    /// Looks at a file.
    ///
    /// - Parameter location: The object; its bucket is not looked at.
    /// - Returns: Size and time of the regular file that stands for it, or `nil` if there is none.
    /// - Throws: ``StoreError`` if the file or the directory cannot be looked at.
    public func head(_ location: OutputLocation) async throws -> StoredObject? {
        guard let file = try open(location.key, .pathOnly) else { return nil }
        do throws(Errno) {
            return try StoredObject(location, file.status())
        } catch {
            throw StoreError(unreadable: location.key.text, error)
        }
    }

    /// Opens what stands for a key, or returns `nil` if nothing does.
    ///
    /// - Parameters:
    ///   - key: The key; empty for the directory itself.
    ///   - flags: Flags of `open`. Symlinks below this backend's directory are never followed.
    /// - Returns: The open file or directory.
    /// - Throws: ``StoreError`` if the directory does not exist, or something on the way cannot be looked at.
    func open(_ key: ExactString, _ flags: Descriptor.Flags) throws(StoreError) -> Descriptor? {
        var file: Descriptor
        do throws(Errno) {
            file = try Descriptor.open(path: directory, [.pathOnly, .directory])
        } catch {
            throw StoreError(
                error == .noSuchFileOrDirectory ? .notFound : .other,
                "the directory \(directory) cannot be opened: \(error)",
                hint: "name the directory that outputs were written to")
        }
        let segments = key.text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if !key.text.isEmpty, segments.contains(where: { ["", ".", ".."].contains(String(Substring($0))) }) {
            return nil
        }
        do throws(Errno) {
            for segment in key.text.isEmpty ? [] : segments.dropLast() {
                file = try file.open(Descriptor.cString(segment), [.pathOnly, .directory, .noFollow])
            }
            let name = key.text.isEmpty ? "."[...].utf8 : segments[segments.count - 1]
            return try file.open(Descriptor.cString(name), flags.union(.noFollow))
        } catch {
            // A symlink or a file is where a directory would have to be.
            if [
                Errno.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .fileNameTooLong,
                .invalidArgument,
            ].contains(error) {
                return nil
            }
            throw StoreError(unreadable: key.text, error)
        }
    }

    private func collect(
        from directory: Descriptor, _ prefix: OutputLocation, _ depth: ListingDepth, into entries: inout [ListingEntry]
    ) throws {
        for child in try Self.children(of: directory, prefix) {
            try Task.checkCancellation()
            let location =
                prefix.key.text.isEmpty
                ? OutputLocation(bucket: prefix.bucket, key: ExactString(child.text)) : prefix.appending(child.text)
            switch child.content {
            case .entry(.file, let version):
                entries.append(
                    .object(StoredObject(location: location, size: version.size, modified: version.modified)))
            case .entry: break
            case .directory where depth == .oneLevel: entries.append(.prefix(location))
            case .directory:
                guard let deeper = try Self.open(child, of: directory, location) else { continue }
                try collect(from: deeper, location, depth, into: &entries)
            case .unreadable(let error): throw StoreError(unreadable: location.key.text, error)
            }
        }
    }

    private static func open(
        _ child: DirectoryChild, of directory: Descriptor, _ location: OutputLocation
    ) throws(StoreError) -> Descriptor? {
        do throws(Errno) {
            return try directory.open(child.name, [.readOnly, .directory, .noFollow])
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw StoreError(unreadable: location.key.text, error)
        }
    }

    /// What a directory holds, in the order of the keys: files that are not finished have hidden names of their own.
    private static func children(
        of directory: Descriptor, _ prefix: OutputLocation
    ) throws(StoreError) -> [DirectoryChild] {
        var children: [DirectoryChild] = []
        do throws(Errno) {
            try directory.forEachName { name, kind in
                if let child = DirectoryChild(name, kind, in: directory, links: .keep, ancestors: []) {
                    children.append(child)
                }
            }
        } catch {
            throw StoreError(unreadable: prefix.key.text, error)
        }
        if let child = children.first(where: { !$0.nameIsUTF8 }) {
            throw StoreError(
                .other, "'\(child.text)' in '\(prefix.key)' is not UTF-8, so no key can name it",
                hint: "remove or rename it")
        }
        return children.filter { !UnfinishedFiles.isHidden($0.text) }.sorted { $0.precedes($1) }
    }
}

extension StoredObject {
    /// Describes a file, or returns `nil` for anything but a regular one.
    init?(_ location: OutputLocation, _ status: FileStatus) {
        guard status.kind == .regular else { return nil }
        self.init(location: location, size: status.version.size, modified: status.version.modified)
    }
}

extension StoreError {
    /// Says that something in a store's directory cannot be looked at.
    init(unreadable key: String, _ error: Errno) {
        self.init(
            [Errno.permissionDenied, .notPermitted].contains(error) ? .accessDenied : .other,
            "'\(key)' cannot be read: \(error)",
            hint: [Errno.permissionDenied, .notPermitted].contains(error) ? "make it readable for this user" : nil)
    }
}
