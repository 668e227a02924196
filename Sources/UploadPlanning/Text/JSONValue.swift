/// A JSON value that keeps the order of its members.
///
/// The planner may not import Foundation, and a plan's JSON must be the same bytes every time: so it is written by
/// these few lines, and parsed by nobody here.
public enum JSONValue: Hashable, Sendable {
    /// A string.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// `true` or `false`.
    case flag(Bool)
    /// `null`.
    case null
    /// An array.
    case array([JSONValue])
    /// An object, its members in this order.
    case object([(name: String, value: JSONValue)])

    /// Whether both are written alike.
    public static func == (lhs: JSONValue, rhs: JSONValue) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }

    /// Hashes what is written.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// The value in one line.
    public var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    /// The value with one member to a line down to a depth, and each deeper one in one line.
    ///
    /// - Parameter depth: How many levels are spread over lines.
    /// - Returns: The text, with a line break at the end.
    public func text(spreadTo depth: Int) -> String {
        var text = ""
        write(to: &text, depth: depth, indent: "")
        return text + "\n"
    }

    private func write(to text: inout String, depth: Int, indent: String) {
        let inner = indent + "  "
        switch self {
        case .array(let values) where depth > 0 && !values.isEmpty:
            text += "["
            for (index, value) in values.enumerated() {
                text += index == 0 ? "\n" : ",\n"
                text += inner
                value.write(to: &text, depth: depth - 1, indent: inner)
            }
            text += "\n\(indent)]"
        case .object(let members) where depth > 0 && !members.isEmpty:
            text += "{"
            for (index, member) in members.enumerated() {
                text += index == 0 ? "\n" : ",\n"
                text += inner
                Self.write(member.name, to: &text)
                text += ": "
                member.value.write(to: &text, depth: depth - 1, indent: inner)
            }
            text += "\n\(indent)}"
        default: write(to: &text)
        }
    }

    func write(to text: inout String) {
        switch self {
        case .string(let string): Self.write(string, to: &text)
        case .integer(let number): text += String(number)
        case .flag(let flag): text += flag ? "true" : "false"
        case .null: text += "null"
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += ", " }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += ", " }
                Self.write(member.name, to: &text)
                text += ": "
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            text += string
        } else {
            for scalar in string.unicodeScalars { text += escape(scalar) }
        }
        text += "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\0"..<" ":
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return String(scalar)
        }
    }
}
