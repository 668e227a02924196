public import RunOutputs

/// Properties that a stored object carries besides its bytes.
public struct ObjectProperties: Hashable, Sendable {
    /// The media type; `nil` leaves it to the file's name.
    public var contentType: String?
    /// How the bytes are encoded, for example `gzip`.
    public var contentEncoding: String?
    /// How a browser presents the object.
    public var contentDisposition: String?
    /// How long caches may keep the object.
    public var cacheControl: String?
    /// The storage class, as S3 spells it.
    public var storageClass: String?
    /// The user metadata, by lower-case name without `x-amz-meta-`.
    public var metadata: [String: String] = [:]
    /// The object's tags.
    public var tags: [String: String] = [:]

    /// The name under which uploads put the SHA-256 of the content into the metadata.
    public static let digestName = "sha256"

    /// No properties of its own.
    public init() {}
}

extension ObjectProperties {
    /// The properties that a place gives to objects of no rule: records and lists that the tool makes.
    public init(of place: PlaceProperties) {
        self.init()
        fillIn(place)
    }

    /// Takes from a place what the objects have not of their own, and how long they are kept.
    mutating func fillIn(_ place: PlaceProperties) {
        cacheControl = cacheControl ?? place.cacheControl
        storageClass = storageClass ?? place.storageClass
        tags = RetentionTag.placed(tags, retention: place.retention)
    }
}

/// What to do when the destination holds an object already.
public enum ExistingObjectPolicy: String, CaseIterable, Hashable, Sendable {
    case replace
    /// Leave it; the same content counts as done, another is a conflict.
    case identical
    /// Leave it, whatever it holds.
    case keep
    /// Leave it, and fail.
    case fail
}

/// The formats an archive can have.
public enum ArchiveFormat: String, CaseIterable, Hashable, Sendable {
    case tarGzip = "tar.gz"
    case tarZstandard = "tar.zst"
    case tarXZ = "tar.xz"
    case zip
}

extension ArchiveFormat {
    /// The compression levels that the format has.
    public var levels: ClosedRange<Int> {
        switch self {
        case .tarGzip, .tarXZ, .zip: 0...9
        case .tarZstandard: 1...22
        }
    }

    /// The level of an archive whose rule gives none: the format's own default, but for `tar.xz`.
    ///
    /// That one's own, 6, takes 94 MiB of memory, and level 3 takes 32 MiB.
    public var usualLevel: Int {
        switch self {
        case .tarGzip, .zip: 6
        case .tarZstandard, .tarXZ: 3
        }
    }

    /// What to do about a level that the format does not have, in one line.
    public var levelAdvice: String {
        "levels of \(rawValue) go from \(levels.lowerBound) to \(levels.upperBound); without one it is \(usualLevel)"
    }
}

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

/// A range of plausible numbers: of files, or of bytes.
public struct PlausibleRange: Hashable, Sendable {
    /// The least plausible number.
    public var lowerBound: Int64
    /// The greatest plausible number.
    public var upperBound: Int64

    /// Reads `1..200`, `1..`, `..200` or one number.
    init?(counts text: String) {
        self.init(text) { Int64($0) }
    }

    /// Reads `1KiB..8GiB` and the like.
    init?(bytes text: String) {
        self.init(text, number: Self.byteCount)
    }

    private init?(_ text: String, number: (String) -> Int64?) {
        let dots = text.firstRange(of: "..")
        let lower = dots.map { String(text[..<$0.lowerBound]) } ?? text
        let upper = dots.map { String(text[$0.upperBound...]) } ?? text
        guard !(lower.isEmpty && upper.isEmpty) else { return nil }
        guard let least = lower.isEmpty ? 0 : number(lower), let most = upper.isEmpty ? .max : number(upper),
            least >= 0, least <= most
        else { return nil }
        (lowerBound, upperBound) = (least, most)
    }

    /// Whether a number is plausible.
    public func contains(_ number: Int64) -> Bool { (lowerBound...upperBound).contains(number) }

    private static func byteCount(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = [
            "": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
        ]
        let unit = text[digits.endIndex...].drop { $0 == " " }
        guard let number = Int64(digits), let factor = units[String(unit)] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

extension String {
    private func firstRange(of separator: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) { return index..<self.index(index, offsetBy: separator.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
