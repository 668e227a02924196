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
        let parts = path.lowercased().split(separator: "/")
        return words.isEmpty || parts.contains { part in words.contains { part.hasPrefix($0) } }
    }
}

/// Files of one kind that were found in a tree.
struct FoundOutputs {
    var kind: OutputKind
    /// The directory that all of them lie in.
    var directory: String
    /// The files, relative to the directory.
    var files: [String]

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
        return OutputKind.all.reversed().compactMap { kind in files[kind.name].map { FoundOutputs(kind, $0) } }
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
        self.kind = kind
        directory = common.isEmpty ? "." : common.joined(separator: "/")
        let prefix = common.isEmpty ? 0 : directory.utf8.count + 1
        files = paths.map { String(decoding: $0.utf8.dropFirst(prefix), as: UTF8.self) }
    }

    /// The patterns that select the files: the endings that were found.
    var patterns: [String] {
        guard !kind.isWholeDirectory || directory == "." else { return [] }
        return kind.endings.filter { ending in files.contains { $0.hasSuffix(ending) } }.map { "**/*\($0)" }
    }

    /// Whether a path is of no build: of version control, of package managers or of editors.
    private static func isOfTools(_ path: String) -> Bool {
        let names: Set = [
            ".git", ".github", "node_modules", ".venv", "venv", "__pycache__", ".build", ".cache", "CMakeFiles",
        ]
        return path.split(separator: "/").contains { names.contains(String($0)) }
    }
}
