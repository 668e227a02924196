public import MarkedYAML

/// Something the author of a plan should know, with enough detail to act on it.
public struct Diagnostic: Error, Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// The plan cannot be carried out.
        case error
        /// The plan can be carried out and probably does not do what its author meant.
        case warning
    }

    /// A second place that explains the first, such as the earlier of two duplicates.
    public struct Note: Hashable, Sendable {
        /// What is there, in one line of lower case without a full stop.
        public var message: String
        /// The file, as it was named on the command line.
        public var file: String
        /// Where it is in the file.
        public var range: SourceRange
    }

    /// An edit that solves the problem.
    public struct FixIt: Hashable, Sendable {
        /// The text to replace.
        public var range: SourceRange
        /// What to put there.
        public var replacement: String
        /// Whether a tool may apply it without asking.
        public var isCertain: Bool
    }

    /// How bad it is.
    public var severity: Severity
    /// Which check it comes from.
    public var code: DiagnosticCode
    /// One line of lower case without a full stop, the offending text in quotes.
    public var message: String
    /// The file, as it was named on the command line; empty for what is in no file.
    public var file: String
    /// Where it is in the file.
    public var range: SourceRange?
    /// What the marked text is, in a few words, where the message does not say it already.
    public var label: String?
    /// Second places.
    public var notes: [Note] = []
    /// What to do about it, one sentence each.
    public var help: [String] = []
    /// Edits that solve it.
    public var fixIts: [FixIt] = []

    /// Makes a diagnostic.
    ///
    /// - Parameters:
    ///   - severity: How bad it is.
    ///   - code: Which check it comes from.
    ///   - message: One line of lower case without a full stop.
    ///   - file: The file; empty for what is in no file.
    ///   - range: Where it is in the file.
    public init(
        severity: Severity, code: DiagnosticCode, message: String, file: String = "", range: SourceRange? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.file = file
        self.range = range
    }
}

extension Diagnostic {
    /// The total order of diagnostics: file, place, code, message.
    public static func inOrder(_ lhs: Diagnostic, _ rhs: Diagnostic) -> Bool {
        let start = SourcePosition(line: 0, column: 0)
        let left = (lhs.file, lhs.range?.lowerBound ?? start, lhs.code.rawValue, lhs.message)
        let right = (rhs.file, rhs.range?.lowerBound ?? start, rhs.code.rawValue, rhs.message)
        return left < right
    }
}

/// A plan that cannot be carried out, with everything that is wrong with it.
public struct PlanRejected: Error, Sendable {
    /// All problems, and the warnings that were found on the way.
    public var diagnostics: [Diagnostic]
    /// The text of the layout or the bucket policy that is wrong, by its file: the caller may have given only a plan.
    public var sources: [String: SourceText] = [:]

    public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    init(_ diagnostics: [Diagnostic], in file: String, _ bytes: some Collection<UInt8>) {
        self.diagnostics = diagnostics
        sources = [file: SourceText(String(decoding: bytes, as: UTF8.self))]
    }
}

/// Collects the diagnostics of one file.
public struct DiagnosticLog: Sendable {
    /// The file that the diagnostics are about.
    public let file: String
    /// What was found, in the order it was found.
    public private(set) var diagnostics: [Diagnostic] = []

    /// The most known words that a suggestion lists.
    private static let mostListedWords = 40

    /// How many diagnostics come with a suggestion: to look for thousands of names among thousands takes minutes.
    private static let mostSuggestions = 100

    /// The first of some words, and how many more there are.
    static func list(_ words: [String]) -> String {
        let rest = words.count - mostListedWords
        return words.prefix(mostListedWords).joined(separator: ", ") + (rest > 0 ? ", and \(rest) more" : "")
    }

    /// Whether there are not too many diagnostics yet to look for what was meant.
    var mayStillSuggest: Bool { diagnostics.count < Self.mostSuggestions }

    /// Starts an empty log for a file.
    public init(file: String) { self.file = file }

    /// What was found, in order; what an alias repeats is told once.
    var inOrder: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return diagnostics.filter { seen.insert($0).inserted }.sorted(by: Diagnostic.inOrder)
    }

    /// Whether one of them is an error.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Whether an error was found in this place, or in a part of it: then what is there is not worth a second one.
    func hasErrors(in range: SourceRange) -> Bool {
        diagnostics.contains { diagnostic in
            guard diagnostic.severity == .error, let place = diagnostic.range else { return false }
            return range.lowerBound <= place.lowerBound && place.upperBound <= range.upperBound
        }
    }

    /// Adds an error, and lets the caller complete it.
    mutating func error(
        _ code: DiagnosticCode, _ message: String, at range: SourceRange?,
        _ complete: (inout Diagnostic) -> Void = { _ in }
    ) {
        add(.error, code, message, at: range, complete)
    }

    /// Adds a warning, and lets the caller complete it.
    mutating func warning(
        _ code: DiagnosticCode, _ message: String, at range: SourceRange?,
        _ complete: (inout Diagnostic) -> Void = { _ in }
    ) {
        add(.warning, code, message, at: range, complete)
    }

    /// Adds an error about a word that is not one of the known ones, with the nearest as a suggestion.
    ///
    /// - Parameters:
    ///   - code: Which check it comes from.
    ///   - message: One line of lower case without a full stop.
    ///   - word: The unknown word.
    ///   - range: Where the word is; `isReplaceable` says whether a known word may be put there.
    ///   - known: The known words.
    ///   - none: What to say where there are no known words: "the plan has no parameters".
    ///   - listing: What to say before all known words, such as "the plan's parameters are"; "expected one of" unless
    ///     given.
    ///   - isReplaceable: Whether `range` holds the word and nothing else.
    ///   - complete: Adds to the diagnostic.
    mutating func unknownWord(
        _ code: DiagnosticCode, _ message: String, word: String, at range: SourceRange, known: [String],
        none: String? = nil, listing: String? = nil, isReplaceable: Bool = true,
        _ complete: (inout Diagnostic) -> Void = { _ in }
    ) {
        let maySuggest = mayStillSuggest
        error(code, message, at: range) { diagnostic in
            complete(&diagnostic)
            if maySuggest, let nearest = word.nearestName(in: known) {
                diagnostic.help.append("did you mean `\(nearest.name)`?")
                guard isReplaceable else { return }
                diagnostic.fixIts.append(
                    .init(range: range, replacement: nearest.name, isCertain: nearest.isCertain))
            } else if known.isEmpty {
                if let none { diagnostic.help.append(none) }
            } else {
                let listing = listing ?? (known.count == 1 ? "expected" : "expected one of")
                diagnostic.help.append("\(listing) \(Self.list(known))")
            }
        }
    }

    mutating func add(
        _ severity: Diagnostic.Severity, _ code: DiagnosticCode, _ message: String, at range: SourceRange?,
        _ complete: (inout Diagnostic) -> Void
    ) {
        var diagnostic = Diagnostic(severity: severity, code: code, message: message, file: file, range: range)
        complete(&diagnostic)
        diagnostics.append(diagnostic)
    }
}

extension Diagnostic {
    /// Adds a second place in the same file.
    mutating func note(_ message: String, at range: SourceRange, in otherFile: String? = nil) {
        notes.append(Note(message: message, file: otherFile ?? file, range: range))
    }
}

/// The checks, by stable code: a message may be reworded freely, its code stays.
public enum DiagnosticCode: String, CaseIterable, Hashable, Sendable {
    // What the text is.
    case syntax = "TU001"
    case unknownKey = "TU002"
    case wrongKind = "TU003"
    case missingKey = "TU004"
    case illegalValue = "TU005"
    case illegalName = "TU006"
    case unsupportedTag = "TU007"
    case unreadableFile = "TU008"
    case unknownName = "TU009"

    // What names mean.
    case oneSourceOnly = "TU010"
    case unknownTerm = "TU011"
    case missingArgument = "TU012"
    case superfluousArgument = "TU013"
    case illegalArgument = "TU014"
    case wrongTermKind = "TU015"
    case interpolation = "TU016"
    case unknownParameter = "TU017"
    case unknownRule = "TU018"
    case cycle = "TU019"
    case pattern = "TU020"
    case contradictoryField = "TU021"
    case impossibleCondition = "TU022"
    case repeatedEntry = "TU023"
    case unknownReference = "TU024"

    // What a run gives.
    case noValue = "TU030"
    case emptyValue = "TU031"
    case illegalPathValue = "TU032"
    case valueNotListed = "TU033"
    case unknownSetting = "TU034"
    case missingPath = "TU035"
    case runContext = "TU036"
    case bucketPolicy = "TU037"
    case commandLine = "TU038"

    // What the build tree gives.
    case collision = "TU040"
    case caseCollision = "TU041"
    case planTest = "TU043"
    case likelySecret = "TU044"
    case leftover = "TU045"

    // Warnings.
    case unusedParameter = "TU050"
    case patternNeverMatches = "TU051"
    case normalizationTwins = "TU052"
    case nameAndFormat = "TU053"
    case shadowedRule = "TU054"
    case uselessExclude = "TU055"
    case flattenMayCollide = "TU056"
    case nothingSelected = "TU057"

    // What looks right and does something else.
    case patternAsPath = "TU060"
    case unexpandedPath = "TU061"
    case negatedPattern = "TU062"
    case contradictedExpectation = "TU063"
    case refusedProperty = "TU064"
    case publishedSecret = "TU065"

    // What a run must hold.
    case listExpected = "TU070"
    case requiresNothing = "TU071"
    case requirementTest = "TU072"
    case missingOutput = "TU073"

    // What a layout leaves open.
    case layoutReference = "TU080"
    case placesMeet = "TU081"
    case runsMeet = "TU082"
    case layoutPath = "TU083"
    case fileNaming = "TU084"
}
