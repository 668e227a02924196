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
