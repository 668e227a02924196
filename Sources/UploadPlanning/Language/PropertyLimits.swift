import RunOutputs

/// What S3 takes as properties of an object: beyond it a request is refused, after hours of building.
///
/// Headers are US-ASCII, and metadata is limited ([object metadata][1]); so are tags ([object tags][2]).
///
/// [1]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
/// [2]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
enum PropertyLimits {
    /// The most tags of an object.
    static let tagCount = 10
    /// The most characters of a tag's key.
    static let tagKeyLength = 128
    /// The most characters of a tag's value.
    static let tagValueLength = 256
    /// The most bytes of names and values of user metadata, less those of the digest that the tool stores with objects.
    static let metadataBytes = 2048 - "sha256".utf8.count - 64

    /// Why a text cannot be sent in a header, as the end of a sentence; `nil` if it can.
    static func headerProblem(_ text: String) -> String? {
        guard let scalar = text.unicodeScalars.first(where: { !(0x20...0x7E).contains($0.value) }) else { return nil }
        return scalar.isASCII
            ? "holds the control character \(scalar.codePoint), which S3 refuses"
            : "holds '\(String(scalar).printable)' (\(scalar.codePoint)), and S3 takes US-ASCII only"
    }

    /// Why a text cannot be the key of a tag, as the end of a sentence.
    static func tagKeyProblem(_ text: String) -> String? {
        if text.lowercased().hasPrefix("aws:") { return "begins with 'aws:', which is reserved" }
        if text.lowercased().hasPrefix(RetentionTag.prefix) {
            return "begins with '\(RetentionTag.prefix)': such tags are written for `retain` and by `pin`"
        }
        return tagProblem(text, limit: tagKeyLength)
    }

    /// Why a text cannot be the value of a tag, as the end of a sentence.
    static func tagValueProblem(_ text: String) -> String? { tagProblem(text, limit: tagValueLength) }

    private static func tagProblem(_ text: String, limit: Int) -> String? {
        let scalars = text.unicodeScalars
        guard scalars.count <= limit else {
            return "is \(scalars.count) characters long, and S3 takes at most \(limit)"
        }
        guard let scalar = scalars.first(where: { !$0.isLegalInTags }) else { return nil }
        return "holds '\(String(scalar).printable)', and S3 takes letters, digits, blanks and _ . : / = + - @"
    }
}

extension Unicode.Scalar {
    fileprivate var codePoint: String { "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex }

    private var hex: String { String(value, radix: 16, uppercase: true) }

    fileprivate var isLegalInTags: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spaceSeparator:
            true
        default: "_.:/=+-@".unicodeScalars.contains(self)
        }
    }
}
