/// Writes a JSON object with one member, or one element of a member's array, to a line.
///
/// Elements are rendered one at a time: a plan of many operations is never in memory as a tree.
public struct JSONDocument {
    /// How many bytes are collected before they are passed on.
    private static let bufferSize = 64 << 10

    private var text: [UInt8] = []
    private var hasMembers = false

    public init() {}

    /// What is not passed on yet, with the end of the object and a line break.
    public var finished: String {
        let end = hasMembers ? "\n}\n" : "{}\n"
        return String(decoding: text + end.utf8, as: UTF8.self)
    }

    /// Adds a member in one line.
    public mutating func add(_ name: String, _ value: JSONValue) {
        start(name)
        value.write(to: &text)
    }

    /// Adds a member whose value is an array, one element to a line.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - elements: What the array is made of.
    ///   - render: Makes one element.
    public mutating func add<Element>(
        _ name: String, _ elements: some Sequence<Element>, _ render: (Element) -> JSONValue
    ) {
        start(name)
        var isFirst = true
        for element in elements {
            startElement(&isFirst)
            render(element).write(to: &text)
        }
        endArray(isEmpty: isFirst)
    }

    /// Adds a member whose value is an array that need not be in memory.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - elements: What the array is made of.
    ///   - render: Makes one element.
    ///   - write: Takes the text so far, from time to time and between two elements; ``finished`` is what comes after.
    /// - Throws: What `write` throws.
    public mutating func add<Element, Failure: Error>(
        _ name: String, _ elements: some Sequence<Element>, _ render: (Element) -> JSONValue,
        passingOn write: (String) throws(Failure) -> Void
    ) throws(Failure) {
        try add(name, elements, writing: { render($0).write(to: &$1) }, passingOn: write)
    }

    /// Adds a member whose value is an array of objects that are in memory neither as an array nor as trees.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - write: As above.
    ///   - body: Calls its argument for each object, with what adds the members of that object.
    mutating func addObjects(
        _ name: String, passingOn write: (String) -> Void,
        _ body: (_ addObject: (_ describe: (inout JSONMembers) -> Void) -> Void) -> Void
    ) {
        start(name)
        var isFirst = true
        withoutActuallyEscaping(write) { write in
            body { describe in
                startElement(&isFirst)
                JSONMembers.writeObject(to: &text, describe)
                passOn(write)
            }
        }
        endArray(isEmpty: isFirst)
    }

    private mutating func add<Element, Failure: Error>(
        _ name: String, _ elements: some Sequence<Element>, writing element: (Element, inout [UInt8]) -> Void,
        passingOn write: (String) throws(Failure) -> Void
    ) throws(Failure) {
        start(name)
        var isFirst = true
        for next in elements {
            startElement(&isFirst)
            element(next, &text)
            try passOn(write)
        }
        endArray(isEmpty: isFirst)
    }

    /// Passes the text on if there is much of it.
    private mutating func passOn<Failure: Error>(_ write: (String) throws(Failure) -> Void) throws(Failure) {
        guard text.count >= Self.bufferSize else { return }
        try write(String(decoding: text, as: UTF8.self))
        text.removeAll(keepingCapacity: true)
    }

    private mutating func startElement(_ isFirst: inout Bool) {
        text += (isFirst ? "[\n    " : ",\n    ").utf8
        isFirst = false
    }

    private mutating func endArray(isEmpty: Bool) { text += (isEmpty ? "[]" : "\n  ]").utf8 }

    private mutating func start(_ name: String) {
        text += (hasMembers ? ",\n  " : "{\n  ").utf8
        hasMembers = true
        JSONValue.string(name).write(to: &text)
        text += ": ".utf8
    }
}

/// The members of an object, in one line, written as they are added.
struct JSONMembers {
    fileprivate var text: [UInt8] = []
    private var isEmpty = true

    /// Writes an object, whose members are added where the text is: with a second reference to it, each would copy it.
    fileprivate static func writeObject(to text: inout [UInt8], _ describe: (inout JSONMembers) -> Void) {
        var members = JSONMembers()
        swap(&members.text, &text)
        members.text.append(UInt8(ascii: "{"))
        describe(&members)
        members.text.append(UInt8(ascii: "}"))
        swap(&members.text, &text)
    }

    /// Writes members once, to be added to many objects.
    static func rendered(_ members: [(name: String, value: JSONValue)]) -> [UInt8] {
        var text: [UInt8] = []
        JSONValue.object(members).write(to: &text)
        return Array(text.dropFirst().dropLast())
    }

    mutating func add(rendered members: [UInt8]) {
        separate()
        text += members
    }

    mutating func add(_ name: String, _ value: JSONValue) {
        start(name)
        value.write(to: &text)
    }

    /// Adds a string that is there in two pieces.
    mutating func add(_ name: String, _ start: String, _ end: String) {
        self.start(name)
        text.append(UInt8(ascii: "\""))
        JSONValue.writeEscaped(start, to: &text)
        JSONValue.writeEscaped(end, to: &text)
        text.append(UInt8(ascii: "\""))
    }

    /// Adds an array of strings, which need not be in memory.
    mutating func add(_ name: String, strings: some Sequence<String>) {
        start(name)
        text.append(UInt8(ascii: "["))
        var isFirst = true
        for string in strings {
            if !isFirst { text += ", ".utf8 }
            isFirst = false
            JSONValue.string(string).write(to: &text)
        }
        text.append(UInt8(ascii: "]"))
    }

    /// Adds an object.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - describe: Adds the members of the object.
    mutating func add(_ name: String, object describe: (inout JSONMembers) -> Void) {
        start(name)
        Self.writeObject(to: &text, describe)
    }

    private mutating func start(_ name: String) {
        separate()
        JSONValue.string(name).write(to: &text)
        text += ": ".utf8
    }

    private mutating func separate() {
        if !isEmpty { text += ", ".utf8 }
        isEmpty = false
    }
}

/// A JSON value that keeps the order of its members.
///
/// The planner may not import Foundation, and a plan's JSON must be the same bytes every time: so it is written by
/// these few lines, and parsed by nobody here.
public enum JSONValue: Hashable, Sendable {
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// `true` or `false`.
    case flag(Bool)
    /// `null`.
    case null
    case array([JSONValue])
    /// An object, its members in this order.
    case object([(name: String, value: JSONValue)])

    /// Whether both are written alike.
    public static func == (lhs: JSONValue, rhs: JSONValue) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// The value in one line.
    public var text: String {
        var text: [UInt8] = []
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The value with one member to a line down to a depth, and each deeper one in one line.
    ///
    /// - Parameter depth: How many levels are spread over lines.
    /// - Returns: The text, with a line break at the end.
    public func text(spreadTo depth: Int) -> String {
        var text: [UInt8] = []
        write(to: &text, depth: depth, indent: "")
        return String(decoding: text, as: UTF8.self) + "\n"
    }

    private func write(to text: inout [UInt8], depth: Int, indent: String) {
        let inner = indent + "  "
        switch self {
        case .array(let values) where depth > 0 && !values.isEmpty:
            text += "[".utf8
            for (index, value) in values.enumerated() {
                text += (index == 0 ? "\n" : ",\n").utf8
                text += inner.utf8
                value.write(to: &text, depth: depth - 1, indent: inner)
            }
            text += "\n\(indent)]".utf8
        case .object(let members) where depth > 0 && !members.isEmpty:
            text += "{".utf8
            for (index, member) in members.enumerated() {
                text += (index == 0 ? "\n" : ",\n").utf8
                text += inner.utf8
                Self.write(member.name, to: &text)
                text += ": ".utf8
                member.value.write(to: &text, depth: depth - 1, indent: inner)
            }
            text += "\n\(indent)}".utf8
        default: write(to: &text)
        }
    }

    func write(to text: inout [UInt8]) {
        switch self {
        case .string(let string): Self.write(string, to: &text)
        case .integer(let number): text += String(number).utf8
        case .flag(let flag): text += (flag ? "true" : "false").utf8
        case .null: text += "null".utf8
        case .array(let values):
            text.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { text += ", ".utf8 }
                value.write(to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text += ", ".utf8 }
                Self.write(member.name, to: &text)
                text += ": ".utf8
                member.value.write(to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    /// Writes a string between quotes.
    private static func write(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        writeEscaped(string, to: &text)
        text.append(UInt8(ascii: "\""))
    }

    /// Writes the inside of a string (RFC 8259, section 7): only what must be escaped is.
    fileprivate static func writeEscaped(_ string: String, to text: inout [UInt8]) {
        let start = text.count
        text += string.utf8
        guard text[start...].contains(where: \.isEscapedInJSON) else { return }
        text.removeSubrange(start...)
        for byte in string.utf8 {
            if byte.isEscapedInJSON { text += byte.escapedForJSON.utf8 } else { text.append(byte) }
        }
    }
}

extension UInt8 {
    fileprivate var isEscapedInJSON: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }

    fileprivate var escapedForJSON: String {
        switch self {
        case UInt8(ascii: "\""): return "\\\""
        case UInt8(ascii: "\\"): return "\\\\"
        case UInt8(ascii: "\n"): return "\\n"
        case UInt8(ascii: "\r"): return "\\r"
        case UInt8(ascii: "\t"): return "\\t"
        default: return (self < 16 ? "\\u000" : "\\u00") + String(self, radix: 16)
        }
    }
}
