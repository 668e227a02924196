/// A piece of an HTML document, made of literals and of texts that are escaped.
///
/// ```swift
/// let link: HTML = "<a href=\"\(url)\">\(name)</a>"
/// ```
///
/// What a literal spells out is markup. What is in `\(…)` is text, safe between tags and in quoted attributes,
/// unless it is itself an `HTML`. There is no way to turn a `String` into markup.
struct HTML: ExpressibleByStringInterpolation, Hashable, Sendable {
    /// The document's bytes, in UTF-8.
    private(set) var bytes: [UInt8]

    init(stringLiteral value: StaticString) {
        bytes = value.withUTF8Buffer { unsafe Array($0) }
    }

    init(stringInterpolation: StringInterpolation) {
        bytes = stringInterpolation.bytes
    }

    /// Adds a piece to the end of another.
    static func += (lhs: inout HTML, rhs: HTML) {
        lhs.bytes += rhs.bytes
    }

    /// Collects the parts of an interpolated literal.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        }

        /// Adds text.
        mutating func appendInterpolation(_ text: String) {
            if text.utf8.allSatisfy(\.isPlainInHTML) {
                bytes += text.utf8
            } else {
                for scalar in text.unicodeScalars { append(scalar) }
            }
        }

        /// Adds a number.
        mutating func appendInterpolation(_ number: some FixedWidthInteger) {
            bytes += String(number).utf8
        }

        /// Adds markup.
        mutating func appendInterpolation(_ html: HTML) {
            bytes += html.bytes
        }

        /// Adds markup, if there is any.
        mutating func appendInterpolation(_ html: HTML?) {
            if let html { bytes += html.bytes }
        }

        private mutating func append(_ scalar: Unicode.Scalar) {
            switch scalar {
            case "&": bytes += "&amp;".utf8
            case "<": bytes += "&lt;".utf8
            case ">": bytes += "&gt;".utf8
            case "\"": bytes += "&quot;".utf8
            case "'": bytes += "&#39;".utf8
            case _ where scalar.isSpelledOut:
                bytes += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".utf8
            default: bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
    }
}

extension UInt8 {
    /// Whether a character is ASCII that stands for itself everywhere in HTML.
    fileprivate var isPlainInHTML: Bool {
        switch self {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): false
        default: (0x20...0x7E).contains(self)
        }
    }
}

extension Unicode.Scalar {
    /// Whether the character is spelled out as elsewhere in the tool, a line break as `\u{A}`.
    ///
    /// HTML has no way to write control characters, or would take them for white space. Format characters, such as a
    /// right-to-left override, would show a reader another name than the one that a link leads to
    /// ([CVE-2021-42574](https://trojansource.codes)).
    fileprivate var isSpelledOut: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: properties.isNoncharacterCodePoint
        }
    }
}
