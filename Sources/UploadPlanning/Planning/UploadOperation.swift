public import RunOutputs

/// One object to upload: what it is made of and where it goes.
public struct UploadOperation: Hashable, Sendable {
    /// The rule that asked for it: an index in ``PlannedUpload/rules``.
    public var rule: Int
    /// What it is made of.
    public var source: Source
    /// Where it goes.
    public var destination: OutputLocation
    /// The media type it is stored with.
    public var contentType: String

    /// What an object is made of.
    ///
    /// Only a file stands in the operation itself: there may be a million of them.
    public enum Source: Hashable, Sendable {
        /// One file on disk.
        case file(SourceFile)
        /// An archive, made when the operation is carried out.
        indirect case archive(ArchiveRecipe)
        /// An index page, made when the operation is carried out.
        indirect case index(IndexRecipe)
    }

    /// Makes an operation.
    public init(rule: Int, source: Source, destination: OutputLocation, contentType: String) {
        self.rule = rule
        self.source = source
        self.destination = destination
        self.contentType = contentType
    }

    /// The size of the object in bytes, or `nil` where it is not known before the object is made.
    public var size: Int64? {
        if case .file(let file) = source { file.version.knownSize } else { nil }
    }
}

/// A file on disk as it was when the plan was made.
public struct SourceFile: Hashable, Sendable {
    /// The path, relative to the working directory or absolute.
    public var path: ExactString
    /// Which file it is, and in which state: another one by the time it is read fails its operation.
    public var version: FileVersion
    /// How many bytes of the path name the directory that the plan names.
    ///
    /// No symlink is followed behind it. `nil` where the plan names the file itself or follows symlinks.
    public var directoryLength: Int?

    /// Joins a path and the version that was seen there.
    public init(path: ExactString, version: FileVersion, directoryLength: Int? = nil) {
        self.path = path
        self.version = version
        self.directoryLength = directoryLength
    }
}

/// What an archive is made of.
public struct ArchiveRecipe: Hashable, Sendable {
    /// One file in an archive.
    public struct Member: Hashable, Sendable {
        /// Its name in the archive, relative to the archive's source directory.
        public var name: ExactString
        /// The file.
        public var file: SourceFile

        /// Joins a name and a file.
        public init(name: ExactString, file: SourceFile) {
            self.name = name
            self.file = file
        }
    }

    /// The format.
    public var format: ArchiveFormat
    /// The compression level, or `nil` for the format's usual one.
    public var level: Int?
    /// The files, sorted by the bytes of their names.
    public var members: [Member]

    /// The bytes of all members, or `nil` if the size of one is not known.
    public var memberBytes: Int64? {
        var bytes: Int64 = 0
        for member in members {
            guard let size = member.file.version.knownSize else { return nil }
            bytes += size
        }
        return bytes
    }

    /// Makes a recipe.
    public init(format: ArchiveFormat, level: Int?, members: [Member]) {
        self.format = format
        self.level = level
        self.members = members
    }
}

/// What an index page lists.
public struct IndexRecipe: Hashable, Sendable {
    /// The page's heading.
    public var title: String
    /// The rules whose objects are listed: indices in ``PlannedUpload/rules``.
    public var rules: [Int]
    /// The listed operations: indices in ``PlannedUpload/operations``, in the order of the page.
    public var operations: [Int]
    /// Where the parent link leads, relative to the page and percent-encoded; `nil` for no link.
    public var parent: String?

    /// Makes a recipe.
    public init(title: String, rules: [Int], operations: [Int], parent: String?) {
        self.title = title
        self.rules = rules
        self.operations = operations
        self.parent = parent
    }
}

extension UploadOperation {
    /// The files that the operation reads.
    public var sourceFiles: [SourceFile] {
        switch source {
        case .file(let file): [file]
        case .archive(let recipe): recipe.members.map(\.file)
        case .index: []
        }
    }

    /// The number of files that the operation reads.
    public var sourceFileCount: Int {
        switch source {
        case .file: 1
        case .archive(let recipe): recipe.members.count
        case .index: 0
        }
    }
}
