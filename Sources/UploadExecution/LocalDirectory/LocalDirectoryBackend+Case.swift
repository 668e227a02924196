import LocalFiles

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
