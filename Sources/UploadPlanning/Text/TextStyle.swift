/// Whether text may carry colour; no meaning is in colour alone.
public struct TextStyle: Hashable, Sendable {
    /// Whether escape sequences for colour are written.
    public var usesColor: Bool

    /// Text without escape sequences.
    public static let plain = TextStyle(usesColor: false)

    public init(usesColor: Bool) { self.usesColor = usesColor }

    /// The colours that are used.
    public enum Color: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case cyan = "36"
        case bold = "1"
        case faint = "2"
    }

    /// The text in a colour, if colour is used.
    public func paint(_ text: String, _ colors: Color...) -> String {
        guard usesColor, !text.isEmpty else { return text }
        return "\u{1B}[\(colors.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
    }
}

extension String {
    /// The text with control characters escaped, so that a file's name cannot steer a terminal or forge a log line.
    public var printable: String {
        // Nearly every name is plain ASCII, and plans print hundreds of thousands of them.
        guard !utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return self }
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return unicodeScalars.map { scalar in
            scalar.isUnprintable ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }.joined()
    }
}

extension Unicode.Scalar {
    /// Control and format characters, the bidirectional ones among them, and unusual line breaks.
    fileprivate var isUnprintable: Bool {
        guard value >= 0x80 else { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
