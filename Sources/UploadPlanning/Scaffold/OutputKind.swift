import RunOutputs

/// A common kind of build outputs, and how it is recognised in a tree.
struct OutputKind {
    /// What the term of the layout and the rule of the plan are called.
    var name: String
    /// What lives there, in one phrase.
    var summary: String
    /// Endings of the files' names; the first is used where no tree shows one.
    var endings: [String]
    /// Words of which one is part of a directory's or a file's name, in lower case; empty if the ending is enough.
    var words: [String] = []
    /// Whether everything of the directory belongs to it, and not only files with these endings.
    var isWholeDirectory = false
    /// Whether outputs of platforms lie apart.
    var isOfPlatform = true
    /// A file that stands for the kind where there is no tree.
    var sample: String

    /// The kinds, the most telling first: a file belongs to one.
    static let all = [
        OutputKind(
            name: "wheels", summary: "Python wheels", endings: [".whl"], sample: "dist/demo-1.0-py3-none-any.whl"),
        OutputKind(
            name: "symbols", summary: "debug symbols", endings: [".debug", ".pdb", ".dSYM.zip"],
            sample: "build/symbols/demo.debug"),
        OutputKind(
            name: "coverage", summary: "coverage reports", endings: [".info", ".xml", ".html", ".json", ".css", ".js"],
            words: ["coverage", "htmlcov", "lcov"], isWholeDirectory: true, sample: "build/coverage/index.html"),
        OutputKind(
            name: "test-reports", summary: "test reports", endings: [".xml", ".trx"],
            words: ["junit", "test-", "tests", "test_", "results"], sample: "build/test-results/junit.xml"),
        OutputKind(
            name: "docs", summary: "the documentation site", endings: [".html", ".css", ".js", ".svg", ".png"],
            words: ["docs", "doc", "site", "public", "html"], isWholeDirectory: true, isOfPlatform: false,
            sample: "build/docs/index.html"),
        OutputKind(
            name: "packages", summary: "release archives and packages, with their checksums",
            endings: [
                ".tar.gz", ".tar.xz", ".tar.zst", ".tgz", ".zip", ".deb", ".rpm", ".dmg", ".msi", ".sha256",
                ".sha256sum",
            ],
            sample: "dist/demo-1.0.tar.gz"),
        OutputKind(name: "logs", summary: "logs of the build", endings: [".log"], sample: "build/logs/build.log"),
    ]

    /// Whether a file is of this kind.
    func takes(_ path: String) -> Bool {
        guard endings.contains(where: path.hasSuffix) else { return false }
        return words.isEmpty || path.split(separator: "/").contains { isTelling($0) }
    }

    /// The part of a file's path that tells the kind: down to a directory of such a name, or else all of it.
    func root(of path: String) -> String {
        let parts = path.split(separator: "/")
        guard let telling = parts.dropLast().firstIndex(where: { isTelling($0) }) else { return path }
        return parts[...telling].joined(separator: "/")
    }

    private func isTelling(_ part: Substring) -> Bool {
        let part = part.lowercased()
        return words.contains { part.hasPrefix($0) }
    }
}

/// Files of one kind that were found in a tree.
struct FoundOutputs {
    var kind: OutputKind
    /// The directory that all of them lie in.
    var directory: String
    /// The files, relative to the directory.
    var files: [String]
    /// The patterns that select the files in the directory; none for all.
    private(set) var patterns: [String] = []
    /// The patterns of what lies among them and is of another kind.
    private(set) var exceptions: [String] = []

    /// Sorts the files of a tree by kind.
    ///
    /// - Parameter paths: The files, relative to the project.
    /// - Returns: The kinds that there are, in the order in which a reader expects them.
    static func find(in paths: [String]) -> [FoundOutputs] {
        var files: [String: [String]] = [:]
        for path in paths.sorted() where !isOfTools(path) {
            guard let kind = OutputKind.all.first(where: { $0.takes(path) }) else { continue }
            files[kind.name, default: []].append(path)
        }
        return OutputKind.all.reversed().compactMap { kind in
            files[kind.name].map { paths in
                var found = FoundOutputs(kind, paths)
                for other in OutputKind.all where other.name != kind.name {
                    found.except(files[other.name] ?? [], of: other)
                }
                return found
            }
        }
    }

    /// What stands for a project that has built nothing yet.
    static var sample: [FoundOutputs] {
        ["packages", "docs", "test-reports", "logs"].compactMap { name in
            OutputKind.all.first { $0.name == name }.map { FoundOutputs($0, [$0.sample]) }
        }
    }

    private init(_ kind: OutputKind, _ paths: [String]) {
        var common = paths[0].split(separator: "/").dropLast().map(String.init)
        for path in paths {
            let parts = path.split(separator: "/").dropLast().map(String.init)
            common = Array(zip(common, parts).prefix { $0 == $1 }.map(\.0))
        }
        // `from` takes no patterns, so names that look like some go into them.
        let isCut = common.firstIndex { $0.asPattern != $0 }.map { common.removeSubrange($0...) } != nil
        self.kind = kind
        directory = common.isEmpty ? "." : common.joined(separator: "/")
        let prefix = common.isEmpty ? 0 : directory.utf8.count + 1
        files = paths.map { String(decoding: $0.utf8.dropFirst(prefix), as: UTF8.self) }
        // Of directories in several places only they are meant, and not what lies between them.
        let whole = Set(paths.map(kind.root)).sorted()
        let roots = whole.map { String(decoding: $0.utf8.dropFirst(prefix), as: UTF8.self) }
        let endings = kind.endings.filter { ending in files.contains { $0.hasSuffix(ending) } }
        if !kind.isWholeDirectory || directory == "." && roots.contains(where: files.contains) {
            patterns = endings.map { "**/*\($0)" }
        } else if roots.count > 1 || directory == "." || isCut, !roots.contains("") {
            patterns = roots.map { files.contains($0) ? $0.asPattern : "\($0.asPattern)/**" }
        }
    }

    /// Leaves out files of another kind: what has their endings, or all of their directories that hold none of this kind.
    private mutating func except(_ paths: [String], of other: OutputKind) {
        let prefix = directory == "." ? "" : "\(directory)/"
        let taken = patterns.compactMap { try? Glob($0) }
        var left: [Glob] = []
        for path in paths where path.hasPrefix(prefix) {
            let file = String(path.dropFirst(prefix.count))
            guard patterns.isEmpty || taken.contains(where: { $0.matches(ExactString(file)) }),
                !left.contains(where: { $0.matches(ExactString(file)) })
            else { continue }
            let exception = exception(for: file, path, of: other, below: prefix)
            exceptions.append(exception)
            if let glob = try? Glob(exception) { left.append(glob) }
        }
    }

    private func exception(for file: String, _ path: String, of other: OutputKind, below prefix: String) -> String {
        if other.words.isEmpty, let ending = other.endings.first(where: file.hasSuffix) { return "**/*\(ending)" }
        let root = other.root(of: path)
        let isShared = files.contains { "\(prefix)\($0)".hasPrefix("\(root)/") }
        return root.hasPrefix(prefix) && root != path && !isShared
            ? String(root.dropFirst(prefix.count)).asPattern + "/**" : file.asPattern
    }

    /// Whether a path is of no build: of version control, of package managers or of editors, or of no name to write down.
    private static func isOfTools(_ path: String) -> Bool {
        guard path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else { return true }
        let names: Set = [
            ".git", ".github", "node_modules", ".venv", "venv", "__pycache__", ".build", ".cache", "CMakeFiles",
        ]
        return path.split(separator: "/").contains { names.contains(String($0)) }
    }
}

extension String {
    /// The pattern that matches this path alone.
    fileprivate var asPattern: String {
        map { "*?[{".contains($0) ? "[\($0)]" : String($0) }.joined()
    }
}
