/// An argument that terms of a layout take: what may take its place in a key.
public struct OutputArgument: Hashable, Sendable {
    /// What a value consists of.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// One segment of a key.
        case segment
        /// One segment, which a source's own file name gives unless the plan does.
        case filename
        /// One or more segments.
        case path
    }

    /// The name as plans spell it.
    public let name: String
    /// What the argument is, in one phrase.
    public let summary: String
    /// What a value consists of.
    public let kind: Kind
    /// The values that are legal, where only a few are.
    public let legalValues: [String]?
    /// Values that are not legal, because other places have these names.
    public let reserved: [String]
    /// Whether an empty value is legal: its segment is then left out of the path.
    public let mayBeEmpty: Bool

    public init(
        name: String, summary: String = "", kind: Kind = .segment, legalValues: [String]? = nil,
        reserved: [String] = [], mayBeEmpty: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.kind = kind
        self.legalValues = legalValues
        self.reserved = reserved
        self.mayBeEmpty = mayBeEmpty
    }

    /// Checks a value that is about to become part of a key.
    ///
    /// - Parameter value: The value; empty is an error here, whoever allows it asks first.
    /// - Throws: ``InvalidPathValue``, the first rule that the value breaks.
    public func check(_ value: String) throws(InvalidPathValue) {
        if kind == .path {
            try InvalidPathValue.check(path: value)
        } else {
            try InvalidPathValue.check(segment: value)
        }
        if let legalValues, !legalValues.contains(value) { throw .notOneOf(legalValues) }
        if reserved.contains(value) { throw .reserved }
    }
}

/// Why a value cannot be part of a key.
public enum InvalidPathValue: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is nothing in it.
    case empty
    /// Two slashes follow each other, or one is at an end.
    case emptySegment
    /// One segment contains a slash.
    case slash
    /// A segment is `.`.
    case dotSegment
    /// A segment contains `..`.
    case dotDot
    /// It contains a backslash, which Windows takes for a separator.
    case backslash
    /// It contains a control character, this one first.
    case controlCharacter(Unicode.Scalar)
    /// A segment starts or ends with white space.
    case outerBlank
    /// A segment alone is longer than a key may be.
    case tooLong(byteCount: Int)
    /// Only these values are legal.
    case notOneOf([String])
    /// Another place of the layout has this name.
    case reserved
    /// An external prefix does not end with a slash and would run into the run id.
    case noTrailingSlash

    /// The rule in words that follow the value: "contains '/'".
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .emptySegment: "has an empty segment"
        case .slash: "contains '/'"
        case .dotSegment: "is '.'"
        case .dotDot: "contains '..'"
        case .backslash: "contains '\\'"
        case .controlCharacter(let scalar):
            "contains the control character U+\(String(scalar.value, radix: 16, uppercase: true).leftPadded(to: 4))"
        case .outerBlank: "starts or ends with a blank"
        case .tooLong(let byteCount): "is \(byteCount) bytes long; a key holds at most \(Self.maximumKeyLength)"
        case .noTrailingSlash: "does not end with '/'"
        case .reserved: "is the name of another place"
        case .notOneOf(let values): "is not one of \(values.joined(separator: ", "))"
        }
    }

    /// The longest key that S3 takes, in bytes of UTF-8
    /// ([Naming Amazon S3 objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)).
    public static let maximumKeyLength = 1024

    /// Checks a path of segments.
    ///
    /// - Parameter value: The path, without a slash at either end.
    /// - Throws: The first rule that it breaks.
    public static func check(path value: String) throws(InvalidPathValue) {
        guard !value.isEmpty else { throw .empty }
        // Split by scalars: as a Character, a slash may carry a combining mark and then is not a separator.
        for segment in value.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false) {
            guard !segment.isEmpty else { throw .emptySegment }
            try check(segment: Substring(segment))
        }
    }

    /// Checks one segment of a key.
    ///
    /// - Parameter value: The segment.
    /// - Throws: The first rule that it breaks.
    public static func check(segment value: some StringProtocol) throws(InvalidPathValue) {
        guard let first = value.unicodeScalars.first, let last = value.unicodeScalars.last else { throw .empty }
        guard !value.utf8.contains(UInt8(ascii: "/")) else { throw .slash }
        guard !value.utf8.contains(UInt8(ascii: "\\")) else { throw .backslash }
        guard !value.utf8.elementsEqual(".".utf8) else { throw .dotSegment }
        // By bytes: as Characters, two dots with a combining mark behind them are not "..".
        let dot = UInt8(ascii: ".")
        guard !zip(value.utf8, value.utf8.dropFirst()).contains(where: { $0 == dot && $1 == dot }) else {
            throw .dotDot
        }
        if let control = value.unicodeScalars.first(where: { $0.properties.generalCategory == .control }) {
            throw .controlCharacter(control)
        }
        guard !first.properties.isWhitespace, !last.properties.isWhitespace else { throw .outerBlank }
        guard value.utf8.count <= maximumKeyLength else { throw .tooLong(byteCount: value.utf8.count) }
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}
