/// What this project asks of a document beyond YAML's syntax.
extension YAMLSyntaxError {
    static func tooDeep(
        _ limits: YAMLLimits, at range: SourceRange, anchoredAt anchor: SourceRange? = nil
    ) -> YAMLSyntaxError {
        YAMLSyntaxError(
            "nested deeper than \(limits.depth) levels", at: range,
            context: anchor.map { Context(message: "the alias repeats this node", range: $0) })
    }

    static func tooManyNodes(_ limits: YAMLLimits, at range: SourceRange) -> YAMLSyntaxError {
        YAMLSyntaxError(
            "the document has more than \(limits.nodeCount) nodes, counting those that aliases repeat", at: range)
    }

    static func tooManyTagDirectives(at range: SourceRange) -> YAMLSyntaxError {
        YAMLSyntaxError("more than \(SourceText.tagDirectiveLimit) lines start with %TAG", at: range)
    }

    static func notAScalarKey(at range: SourceRange) -> YAMLSyntaxError {
        YAMLSyntaxError("a key must be a plain or quoted text, not a sequence or a mapping", at: range)
    }

    static func mergeKey(at range: SourceRange) -> YAMLSyntaxError {
        YAMLSyntaxError(
            "merge keys (<<) are not supported; repeat the fields, or quote \"<<\" if the key has that name", at: range)
    }

    static func repeatedKey(_ key: String, at range: SourceRange, first: SourceRange) -> YAMLSyntaxError {
        YAMLSyntaxError(
            "key \(key.quotedForMessage) appears twice", at: range,
            context: Context(message: "it is first used here", range: first))
    }
}

extension String {
    /// The text in single quotes, on one line, not too long, and without characters that a terminal would act on.
    var quotedForMessage: String {
        var text = ""
        for scalar in unicodeScalars.prefix(60) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return "'\(text)\(unicodeScalars.count > 60 ? "…" : "")'"
    }
}
