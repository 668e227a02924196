// Paths as text: of files in a build tree, and of keys. Segments are separated by slashes on every platform.

extension String {
    /// The text after the last slash.
    var lastPathComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(self[utf8.index(after: slash)...])
    }

    /// The path without its last segment.
    public var directoryPath: String {
        utf8.lastIndex(of: UInt8(ascii: "/")).map { String(self[..<$0]) } ?? ""
    }

    /// Whether the path begins with a directory's and a slash.
    func isBelow(_ directory: String) -> Bool {
        let (path, directory) = (utf8Span.span, directory.utf8Span.span)
        guard path.count > directory.count, path[directory.count] == UInt8(ascii: "/") else { return false }
        for index in directory.indices where path[index] != directory[index] { return false }
        return true
    }

    /// The path from a directory to this file, with `..` where it leads upwards.
    public func relativePath(from directory: String) -> String {
        // Nearly always the file is below the directory, and pages list 100,000 of them.
        if isBelow(directory) { return String(Substring(utf8.dropFirst(directory.utf8.count + 1))) }
        let from = directory.split(separator: "/")
        let to = split(separator: "/")
        let shared = zip(from, to.dropLast()).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        return (Array(repeating: "..", count: from.count - shared) + to[shared...]).joined(separator: "/")
    }

    /// The path of a file below this directory.
    func joined(with relative: String) -> String {
        hasSuffix("/") ? self + relative : "\(self)/\(relative)"
    }
}

extension String {
    /// The path without doubled slashes, `./` segments and a trailing slash.
    var normalizedPath: String {
        guard !isNormalizedPath else { return self }
        let segments = split(separator: "/").filter { $0 != "." }
        let joined = segments.joined(separator: "/")
        if hasPrefix("/") { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// Whether nothing in the path can be left out: asked of every line of a listing.
    private var isNormalizedPath: Bool {
        let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
        // What precedes the first segment counts as a slash; of two slashes, or a lone dot, one is too much.
        var (last, beforeLast) = (slash, slash)
        for byte in utf8 {
            if byte == slash, last == slash || (last == dot && beforeLast == slash) { return false }
            (last, beforeLast) = (byte, last)
        }
        return last != slash && !(last == dot && beforeLast == slash)
    }
}
