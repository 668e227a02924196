public import MarkedYAML
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
    /// Only a file is kept in the operation itself: there may be a million of them.
    public enum Source: Hashable, Sendable {
        /// One file on disk.
        case file(SourceFile)
        /// An archive, made when the operation is carried out.
        indirect case archive(ArchiveRecipe)
        /// An index page, made when the operation is carried out.
        indirect case index(IndexRecipe)
    }

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
        public var file: SourceFile

        /// Joins a name and a file.
        public init(name: ExactString, file: SourceFile) {
            self.name = name
            self.file = file
        }
    }

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

/// Everything an upload will do: the rules, their operations, and an account of every file that was seen.
///
/// The same plans and the same inventory give an equal value, and every rendering of it the same bytes.
public struct PlannedUpload: Hashable, Sendable {
    /// The rules of all plans, in the order of the plans and of the rules in them.
    public var rules: [PlannedRule]
    /// The operations, sorted by rule and then by the bytes of the key.
    public var operations: UploadOperations
    /// Files that a rule looked at and does not upload, with the reason.
    public var skipped: [SkippedFile]
    /// Files under a source root that no rule took, sorted by path.
    public var leftovers: [SourceFile]

    /// Joins rules, operations and the account of the files that are not uploaded.
    public init(
        rules: [PlannedRule], operations: UploadOperations, skipped: [SkippedFile] = [], leftovers: [SourceFile] = []
    ) {
        self.rules = rules
        self.operations = operations
        self.skipped = skipped
        self.leftovers = leftovers
    }
}

/// One rule of a plan, ready to be carried out.
public struct PlannedRule: Hashable, Sendable {
    /// Whether the rule's operations are carried out.
    public enum Status: Hashable, Sendable {
        /// They are.
        case active
        /// A condition does not hold.
        case conditionNotMet(String)
        /// It selected nothing, and says that this is not an error.
        case nothingSelected(String)
        /// It fails, and has no operations.
        case failed
    }

    /// Something that fails the rule, known before anything is transferred.
    public struct Problem: Hashable, Sendable {
        /// What is wrong, in one line.
        public var message: String
        /// The check that found it, where one has a code.
        public var code: DiagnosticCode?

        public init(_ message: String, code: DiagnosticCode? = nil) {
            self.message = message
            self.code = code
        }
    }

    /// The plan's file, as it was named on the command line.
    public var plan: String
    /// The rule's name, unique in its plan.
    public var name: String
    /// Where the rule's name is in the plan.
    public var range: SourceRange
    /// Whether its operations are carried out.
    public var status: Status
    /// What fails the rule, also when others of its operations are carried out.
    public var problems: [Problem]
    /// The rules that must have succeeded before this one starts: indices in ``PlannedUpload/rules``.
    public var after: [Int]
    /// Whether a failure is reported without failing the run or holding back rules that come after.
    public var bestEffort: Bool
    /// What to do about an object that exists.
    public var existing: ExistingObjectPolicy
    /// Properties of the rule's objects besides the content type.
    public var properties: ObjectProperties
    /// The destination that the rule's objects go to or below.
    public var destination: OutputLocation

    /// Makes a rule; without further arguments one that is carried out, comes after no other and has no problems.
    public init(
        plan: String, name: String, range: SourceRange, status: Status = .active, problems: [Problem] = [],
        after: [Int] = [], bestEffort: Bool = false, existing: ExistingObjectPolicy = .replace,
        properties: ObjectProperties = ObjectProperties(), destination: OutputLocation
    ) {
        self.plan = plan
        self.name = name
        self.range = range
        self.status = status
        self.problems = problems
        self.after = after
        self.bestEffort = bestEffort
        self.existing = existing
        self.properties = properties
        self.destination = destination
    }
}

/// A file that a rule looked at and does not upload.
public struct SkippedFile: Hashable, Sendable {
    /// Why a file is not uploaded.
    public enum Reason: Hashable, Sendable {
        /// It is a symlink and the rule does not follow symlinks.
        case symlink
        /// It is a socket, a pipe or a device.
        case special
        /// Something is wrong with it, or with everything the rule selected.
        case problem(String)
        /// An exclude pattern of the rule removed it.
        case excluded(pattern: Marked<String>)
    }

    /// The rule that looked at it: an index in ``PlannedUpload/rules``.
    public var rule: Int
    /// The path, relative to the working directory or absolute.
    public var path: ExactString
    /// Why it is not uploaded.
    public var reason: Reason
    /// Its size in bytes, or `nil` if it is not known.
    public var size: Int64?
}

extension PlannedRule.Status {
    /// The status in one word, as JSON spells it.
    public var word: String {
        switch self {
        case .active: "active"
        case .conditionNotMet: "condition_not_met"
        case .nothingSelected: "nothing_selected"
        case .failed: "failed"
        }
    }

    /// Why the rule has no operations, if that is not a failure.
    public var reason: String? {
        switch self {
        case .active, .failed: nil
        case .conditionNotMet(let reason), .nothingSelected(let reason): reason
        }
    }
}
