import Glibc
package import SystemPackage

extension Descriptor {
    /// What is under a name of this directory; of a symlink, the link itself.
    package func status(of name: [CChar]) throws(Errno) -> FileStatus {
        var status = stat()
        _ = try withFileDescriptor { unsafe fstatat($0, name, &status, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(status)
    }

    /// Calls a closure for each name of this directory, in no order, without `.` and `..`.
    ///
    /// - Parameter body: Takes the name, ended by a NUL, and its kind, or `nil` where the file system does not say.
    /// - Throws: What the system answered; the names passed before that are good.
    package func forEachName(_ body: ([CChar], FileStatus.Kind?) -> Void) throws(Errno) {
        // A descriptor of its own: `closedir` closes it, and the position is not shared.
        let number = try withFileDescriptor { unsafe openat($0, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = unsafe fdopendir(number) else {
            defer { close(number) }
            throw Errno(rawValue: errno)
        }
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe entry.name
            if name == [46, 0] || name == [46, 46, 0] { continue }
            body(name, unsafe FileStatus.Kind(directoryEntryType: entry.pointee.d_type))
        }
        if errno != 0 { throw Errno(rawValue: errno) }
    }

    /// Makes a directory in this one.
    package func makeDirectory(_ name: [CChar]) throws(Errno) {
        _ = try withFileDescriptor { unsafe mkdirat($0, name, 0o777) }
    }

    /// Gives a file of this directory another name, replacing what has that name.
    package func rename(_ name: [CChar], to newName: [CChar]) throws(Errno) {
        _ = try withFileDescriptor { unsafe renameat($0, name, $0, newName) }
    }

    /// Gives a file of this directory a second name, unless something has that name.
    package func link(_ name: [CChar], as newName: [CChar]) throws(Errno) {
        _ = try withFileDescriptor { unsafe linkat($0, name, $0, newName, 0) }
    }

    /// Gives a file of this directory a second name in another one, unless something has that name.
    package func link(_ name: [CChar], as newName: [CChar], in other: Descriptor) throws(Errno) {
        _ = try Self.withFileDescriptors(self, other) { unsafe linkat($0, name, $1, newName, 0) }
    }

    /// Moves a name of this directory to another one, replacing a file that has it there.
    package func move(_ name: [CChar], to other: Descriptor, as newName: [CChar]? = nil) throws(Errno) {
        _ = try Self.withFileDescriptors(self, other) { unsafe renameat($0, name, $1, newName ?? name) }
    }

    /// What a symlink of this directory says.
    package func linkTarget(of name: [CChar]) throws(Errno) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try withFileDescriptor { unsafe readlinkat($0, name, &buffer, buffer.count) }
        return buffer[..<count].map { UInt8(truncatingIfNeeded: $0) }
    }

    /// Makes a symlink in this directory.
    package func makeSymlink(_ name: [CChar], to target: [UInt8]) throws(Errno) {
        let target = try Self.cString(target)
        _ = try withFileDescriptor { unsafe symlinkat(target, $0, name) }
    }

    /// Opens a directory below this one by names, none of which may be a symlink.
    package func descend(_ names: some Sequence<[CChar]>) throws(Errno) -> Descriptor {
        var directory = self
        for name in names { directory = try directory.open(name, [.pathOnly, .directory, .noFollow]) }
        return directory
    }

    /// Says what this directory holds under a name.
    package func entry(_ name: [CChar]) throws(Errno) -> TreeEntry<Descriptor> {
        do throws(Errno) {
            return .directory(try open(name, [.pathOnly, .directory, .noFollow]))
        } catch {
            if error == .noSuchFileOrDirectory { return .absent }
            guard error == .notDirectory || error == .tooManySymbolicLinkLevels else { throw error }
        }
        return try status(of: name).kind == .symlink ? .symlink(target: linkTarget(of: name)) : .file
    }

    /// Sets the permissions of a directory of this one.
    package func setPermissions(of name: [CChar], _ mode: ModeBits) throws(Errno) {
        _ = try withFileDescriptor { unsafe fchmodat($0, name, mode, 0) }
    }

    /// Makes sure that this process may make names in this directory.
    package func checkWritableDirectory() throws(Errno) {
        _ = try withFileDescriptor { unsafe faccessat($0, ".", W_OK | X_OK, AT_EACCESS) }
    }

    /// Removes the name of an empty directory.
    package func removeDirectory(_ name: [CChar]) throws(Errno) {
        _ = try withFileDescriptor { unsafe unlinkat($0, name, AT_REMOVEDIR) }
    }

    /// Removes a name of a file.
    package func remove(_ name: [CChar]) throws(Errno) {
        _ = try withFileDescriptor { unsafe unlinkat($0, name, 0) }
    }
}

extension UnsafeMutablePointer<dirent> {
    /// The name and its NUL.
    fileprivate var name: [CChar] {
        // By offset, since `pointee.d_name` would copy all 256 bytes of the tuple.
        let start = unsafe UnsafeRawPointer(self) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
        let characters = unsafe start.assumingMemoryBound(to: CChar.self)
        return unsafe Array(UnsafeBufferPointer(start: characters, count: strlen(characters) + 1))
    }
}

extension FileStatus.Kind {
    fileprivate init?(directoryEntryType type: UInt8) {
        switch Int(type) {
        case Int(DT_REG): self = .regular
        case Int(DT_DIR): self = .directory
        case Int(DT_LNK): self = .symlink
        case Int(DT_UNKNOWN): return nil
        default: self = .special
        }
    }
}
