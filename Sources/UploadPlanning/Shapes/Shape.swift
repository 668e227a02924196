/// What a part of a plan file looks like.
///
/// One table of shapes describes the language. The checker compares a file with it, and the JSON Schema is written
/// from it, so the two cannot disagree.
public indirect enum Shape: Sendable {
    /// A scalar of some form.
    case text(TextForm)
    /// `true` or `false`.
    case flag
    /// One of a few words.
    case word(WordList)
    /// A list of at least some elements.
    case list(Shape, atLeast: Int)
    /// A mapping whose keys are fixed.
    case mapping(MappingShape)
    /// A mapping whose keys are names that the author chooses.
    case dictionary(DictionaryShape)
    /// A mapping with exactly one of several keys.
    case choice(ChoiceShape)
    /// A shape that depends on what the author wrote: a scalar, a list or a mapping.
    case either(scalar: Shape? = nil, list: Shape? = nil, mapping: Shape? = nil)
    /// A shape that is used in several places, with a name for documents that describe it once.
    case shared(name: String, Shape)
}

/// The forms that a scalar can have.
public enum TextForm: Hashable, Sendable {
    /// Any text, also an empty one.
    case any
    /// Text that is not empty.
    case nonEmpty
    /// Text in which `${name}` stands for a parameter.
    case template
    /// The name of a parameter, a rule or an output.
    case name
    /// The name of a parameter, or of what is known of the run: `run.platform`.
    case valueName
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// A number of files, `1..200`, or one number.
    case countRange
    /// A number of bytes, `1KiB..8GiB`, or one number.
    case byteRange
    /// A point in time in UTC, `2025-11-11T16:18:48Z`.
    case timestamp
    /// How long objects are kept: `30d`, or `forever`.
    case retention
}

/// A list of legal words, and what they are called.
public struct WordList: Sendable {
    /// What the words are, for messages: "unknown destination".
    public var noun: String
    /// The legal words.
    public var words: [Word]
    /// The code of the diagnostic for another word.
    public var code: DiagnosticCode

    /// One legal word.
    public struct Word: Sendable {
        public var text: String
        /// What it means, in one phrase.
        public var summary: String
    }
}

/// A mapping whose keys are fixed.
public struct MappingShape: Sendable {
    /// What the mapping is, for messages: "an upload rule".
    public var noun: String
    /// The fields, in the order in which documentation lists them.
    public var fields: [Field]
    /// The code of the diagnostic for another key.
    public var unknownKey: DiagnosticCode
    /// Keys of which exactly one must be given; the decoder says what is wrong otherwise.
    public var exactlyOneOf: [String]

    public struct Field: Sendable {
        public var name: String
        /// What it means, in one sentence.
        public var summary: String
        /// What follows it.
        public var shape: Shape
        /// Whether it must be given.
        public var isRequired: Bool
        /// The value that holds where it is not given, if there is one for every file.
        public var usual: String?
        /// Whether it is for people alone, and changes nothing that is done.
        public var isProse = false
    }

    init(_ noun: String, unknownKey: DiagnosticCode = .unknownKey, exactlyOneOf: [String] = [], _ fields: [Field]) {
        self.noun = noun
        self.fields = fields
        self.unknownKey = unknownKey
        self.exactlyOneOf = exactlyOneOf
    }
}

extension MappingShape.Field {
    static func required(_ name: String, _ shape: Shape, _ summary: String) -> Self {
        Self(name: name, summary: summary, shape: shape, isRequired: true)
    }

    static func optional(_ name: String, _ shape: Shape, _ summary: String, usual: String? = nil) -> Self {
        Self(name: name, summary: summary, shape: shape, isRequired: false, usual: usual)
    }

    /// A text for people who read the file.
    static func prose(_ name: String, _ summary: String) -> Self {
        Self(name: name, summary: summary, shape: .text(.nonEmpty), isRequired: false, isProse: true)
    }
}

/// A mapping whose keys are names that the author chooses.
public struct DictionaryShape: Sendable {
    /// What one key names, for messages: "rule".
    public var noun: String
    public var key: TextForm
    /// What follows each key.
    public var value: Shape
    /// The least number of entries.
    public var atLeast: Int = 0
    /// Whether the order of the entries counts.
    public var isOrdered = false
}

/// A mapping with exactly one of several keys.
public struct ChoiceShape: Sendable {
    /// What the keys are, for messages: "destination".
    public var noun: String
    /// The legal keys.
    public var options: [MappingShape.Field]
    /// The code of the diagnostic for another key.
    public var unknownKey: DiagnosticCode
}

/// An enumeration whose cases are words of the language: the one list of them.
protocol LanguageWord: CaseIterable, RawRepresentable<String>, Sendable {
    /// What the word means, in one phrase.
    var summary: String { get }
}

extension WordList {
    /// The words that an enumeration knows.
    ///
    /// - Parameters:
    ///   - noun: What the words are, for messages.
    ///   - words: The enumeration.
    init<Word: LanguageWord>(noun: String, _ words: Word.Type) {
        self.init(
            noun: noun, words: words.allCases.map { .init(text: $0.rawValue, summary: $0.summary) },
            code: .illegalValue)
    }
}

/// What happens to symlinks in a directory that files are taken from.
enum SymlinkPolicy: String, LanguageWord {
    case skip, follow

    var summary: String {
        switch self {
        case .skip: "They are skipped and reported."
        case .follow: "Those that stay inside `from` are followed."
        }
    }
}

extension PlanParameter.Kind: LanguageWord {
    var summary: String {
        switch self {
        case .string: "Any text."
        case .file: "The path of a file."
        case .directory: "The path of a directory."
        }
    }
}

extension ExistingObjectPolicy: LanguageWord {
    var summary: String {
        switch self {
        case .replace: "The object is replaced."
        case .identical: "The same content counts as done, another is a conflict."
        case .keep: "The object is never touched."
        case .fail: "An object that exists is a failure."
        }
    }
}

extension UploadRule.MissingPolicy: LanguageWord {
    var summary: String {
        switch self {
        case .error: "The rule fails."
        case .warn: "The rule is skipped with a warning."
        case .skip: "The rule is skipped."
        }
    }
}

extension LeftoverPolicy: LanguageWord {
    var summary: String {
        switch self {
        case .error: "The rule that comes nearest to taking them fails."
        case .warn: "There is a warning."
        case .ignore: "Nobody is told."
        }
    }
}

extension UploadRule.CaseCollisionPolicy: LanguageWord {
    var summary: String {
        switch self {
        case .warn: "Both objects are uploaded, with a warning."
        case .error: "Neither is uploaded, and the rule fails."
        }
    }
}

extension ArchiveFormat: LanguageWord {
    var summary: String {
        switch self {
        case .tarGzip: "A tar file compressed with gzip."
        case .tarZstandard: "A tar file compressed with Zstandard."
        case .tarXZ: "A tar file compressed with xz."
        case .zip: "A zip file."
        }
    }
}
