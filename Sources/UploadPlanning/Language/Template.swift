public import MarkedYAML

/// A text in which `${name}` stands for a parameter.
///
/// `${name}` is the only interpolation; `$${` is a literal `${`. In summaries and outputs, `${rule.url}` and its like
/// stand for properties of an uploaded object.
public struct Template: Hashable, Sendable {
    /// A piece of the text.
    public enum Part: Hashable, Sendable {
        /// Text that stands for itself.
        case text(String)
        /// The value of a parameter, or of a property of a rule.
        case reference(Marked<String>)
    }

    /// The scalar it was read from.
    public var source: Marked<Scalar>
    /// The pieces, in order.
    public var parts: [Part]

    /// Where it is in the plan.
    public var range: SourceRange { source.range }

    /// The names that it refers to.
    public var references: [Marked<String>] {
        parts.compactMap { if case .reference(let name) = $0 { name } else { nil } }
    }

    /// The text, if it refers to nothing.
    public var literal: String? {
        var text = ""
        for part in parts {
            guard case .text(let piece) = part else { return nil }
            text += piece
        }
        return text
    }

    /// Returns the text with every reference replaced.
    ///
    /// - Parameter value: Gives the value of a name, or `nil` if there is none.
    /// - Returns: The text, or `nil` if a name has no value.
    public func resolved(_ value: (String) -> String?) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .reference(let name):
                guard let value = value(name.value) else { return nil }
                text += value
            }
        }
        return text
    }
}

extension Template {
    /// Reads a template; a `${` that is not closed or holds no name is reported and read as text.
    init(_ source: Marked<Scalar>, log: inout DiagnosticLog) {
        self.source = source
        parts = []
        // Most texts refer to nothing.
        guard source.value.text.utf8.contains(UInt8(ascii: "$")) else {
            if !source.value.text.isEmpty { parts = [.text(source.value.text)] }
            return
        }
        let scalars = Array(source.value.text.unicodeScalars)
        var text = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            if scalars[index...].starts(with: "$${".unicodeScalars) {
                text.append(contentsOf: "${".unicodeScalars)
                index += 3
            } else if scalars[index...].starts(with: "${".unicodeScalars) {
                guard var close = scalars[index...].firstIndex(of: "}") else {
                    log.error(.interpolation, "'${' is not closed", at: source.range(of: index..<scalars.count)) {
                        $0.help.append("write `${name}`, or `$${` for a literal `${`")
                    }
                    text.append(contentsOf: scalars[index...])
                    break
                }
                // An expression of a workflow is closed twice.
                if scalars[index...].starts(with: "${{".unicodeScalars),
                    scalars[close...].starts(with: "}}".unicodeScalars)
                {
                    close += 1
                }
                if !text.isEmpty { parts.append(.text(String(text))) }
                text = .init()
                let name = String(String.UnicodeScalarView(scalars[(index + 2)..<close]))
                parts.append(.reference(Marked(name, at: source.range(of: index..<(close + 1)))))
                checkName(name, at: source.range(of: index..<(close + 1)), log: &log)
                index = close + 1
            } else {
                text.append(scalars[index])
                index += 1
            }
        }
        if !text.isEmpty { parts.append(.text(String(text))) }
    }

    private func checkName(_ name: String, at range: SourceRange, log: inout DiagnosticLog) {
        let pieces = name.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count > 2 || !pieces.allSatisfy({ String($0).isPlanName }) else { return }
        let isExpression = name.hasPrefix("{")
        let message =
            if name.isEmpty {
                "'${}' names no parameter"
            } else if isExpression {
                "'${\(name)}' is an expression of a workflow, and nothing evaluates it here"
            } else {
                "'\(name)' cannot be the name of a parameter"
            }
        log.error(.interpolation, message, at: range) {
            if isExpression {
                $0.help.append("hand the value over: declare a parameter, and give it an `env` or use `--set`")
            } else if name.contains(":-") {
                $0.help.append("give the parameter a `default`")
            }
            $0.help.append("`${name}` is the only interpolation: there are no expressions")
        }
    }
}

extension String {
    /// Whether the text can name a parameter, a rule or an output.
    var isPlanName: Bool {
        let letters = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return letters && !isEmpty && !hasPrefix("-") && !hasPrefix("_")
    }
}
