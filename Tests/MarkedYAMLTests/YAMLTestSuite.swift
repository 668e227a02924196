import Foundation
import MarkedYAML
import UploadTestSupport

/// The public yaml-test-suite, which says what each of its texts means.
struct YAMLTestSuite: Decodable {
    struct Case: Decodable {
        var id: String
        var name: String
        var yaml: String
        /// Whether the text is not YAML.
        var error: Bool
        /// The documents, one after the other, unless JSON cannot express them.
        var json: String?
        /// What a parser reports, one event a line.
        var events: String
    }

    static let fileName = "yaml-test-suite.json"

    var cases: [Case]

    static func load() throws -> YAMLTestSuite {
        try JSONDecoder().decode(YAMLTestSuite.self, from: Vectors.data(fileName))
    }
}

/// What a document means by the core schema of YAML 1.2, in the types of JSON.
enum CoreValue: Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([CoreValue])
    case object([String: CoreValue])
}

extension CoreValue {
    init(_ node: Node) {
        switch node.content {
        case .scalar(let scalar): self = Self.resolve(scalar, tag: node.tag)
        case .sequence(let items): self = .array(items.map(CoreValue.init))
        case .mapping(let pairs):
            self = .object(Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.value.text, CoreValue($0.value)) }))
        }
    }

    private static func resolve(_ scalar: Scalar, tag: String?) -> CoreValue {
        switch tag {
        case nil where scalar.style == .plain: resolvePlain(scalar.text)
        case "tag:yaml.org,2002:null": .null
        case "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float": resolvePlain(scalar.text)
        default: .string(scalar.text)
        }
    }

    private static func resolvePlain(_ text: String) -> CoreValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil,
            let number = Double(text.hasPrefix("+") ? String(text.dropFirst()) : text)
        {
            return .number(number)
        }
        if text.wholeMatch(of: /0x[0-9a-fA-F]+/) != nil, let number = Int(text.dropFirst(2), radix: 16) {
            return .number(Double(number))
        }
        if text.wholeMatch(of: /0o[0-7]+/) != nil, let number = Int(text.dropFirst(2), radix: 8) {
            return .number(Double(number))
        }
        return .string(text)
    }

    /// Reads the only JSON value in a text.
    init(json: String) throws {
        self.init(try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)))
    }

    private init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let number): self = .number(number)
        case .string(let string): self = .string(string)
        case .array(let items): self = .array(items.map { CoreValue($0) })
        case .object(let entries): self = .object(entries.mapValues { CoreValue($0) })
        }
    }
}

/// A JSON value as its decoder sees it.
private enum JSONValue: Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let items = try? container.decode([JSONValue].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

extension Node {
    /// The tree as the suite writes events, without document markers, flow brackets and anchors.
    ///
    /// A tree does not keep aliases: the cases that have some are compared by their JSON.
    var suiteEvents: [String] {
        let tagText = tag.map { " <\($0)>" } ?? ""
        switch content {
        case .scalar(let scalar): return ["=VAL\(tagText) \(scalar.suiteText)"]
        case .sequence(let items): return ["+SEQ\(tagText)"] + items.flatMap(\.suiteEvents) + ["-SEQ"]
        case .mapping(let pairs):
            let entries = pairs.flatMap { ["=VAL \($0.key.value.suiteText)"] + $0.value.suiteEvents }
            return ["+MAP\(tagText)"] + entries + ["-MAP"]
        }
    }
}

extension Scalar {
    fileprivate var suiteText: String {
        let sign =
            switch style {
            case .plain: ":"
            case .singleQuoted: "'"
            case .doubleQuoted: "\""
            case .literal: "|"
            case .folded: ">"
            }
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\t": "\\t"
            case "\r": "\\r"
            case "\u{8}": "\\b"
            default: String(scalar)
            }
        }
        return sign + escaped.joined()
    }
}

extension YAMLTestSuite.Case {
    /// The events of the nodes alone.
    var comparableEvents: [String] {
        let lines = events.split(separator: "\n").map(String.init)
        return lines.filter { !$0.hasSuffix("STR") && !$0.contains("DOC") }.map { line in
            line.replacing(/^([+]SEQ|[+]MAP) (\[\]|\{\})/) { String($0.1) }.replacing(/^(....) &[^ ]+/) { String($0.1) }
        }
    }
}
