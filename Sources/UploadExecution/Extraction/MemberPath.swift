import RunOutputs

/// The path of an archive's member, known to lead to a place below the archive's root.
struct MemberPath: Hashable {
    /// The names from the root on, each ended by a NUL; empty for the root itself.
    private(set) var names: [[CChar]]

    /// Reads a path.
    ///
    /// - Parameter path: The bytes as the archive holds them.
    /// - Throws: ``ExtractionError`` for an absolute path, and one with `..` in it.
    init(_ path: [UInt8]) throws(ExtractionError) {
        let slash = UInt8(ascii: "/")
        guard path.first != slash else { throw .refused("the absolute path", path) }
        names = []
        for name in path.split(separator: slash) where name != [UInt8(ascii: ".")] {
            guard name != [UInt8(ascii: "."), UInt8(ascii: ".")] else { throw .refused("the path with '..'", path) }
            names.append(name.map { CChar(truncatingIfNeeded: $0) } + [0])
        }
    }

    /// Takes names that are known to lead to a place below the root.
    init(names: [[CChar]]) { self.names = names }

    /// Returns the path below a directory, or `nil` if it does not lead there.
    func below(_ directory: MemberPath) -> MemberPath? {
        guard names.starts(with: directory.names) else { return nil }
        var path = self
        path.names.removeFirst(directory.names.count)
        return path
    }

    /// The path as text.
    var text: String { String(escapingInvalidUTF8: bytes) }

    /// The path's bytes.
    var bytes: [UInt8] {
        let names = names.map { $0.dropLast().map { UInt8(truncatingIfNeeded: $0) } }
        return Array(names.joined(separator: [UInt8(ascii: "/")]))
    }
}

extension ExtractionError {
    /// Says that a member could lead out of the directory that it is extracted into.
    static func refused(_ what: String, _ path: [UInt8], hint: String? = nil) -> ExtractionError {
        let shown = String(escapingInvalidUTF8: Array(path.prefix(200))).escapingControlCharacters
        return ExtractionError(
            "the archive holds \(what) '\(shown)', which could lead out of the directory",
            hint: hint ?? "nothing was extracted; look at it with --no-extract")
    }
}
