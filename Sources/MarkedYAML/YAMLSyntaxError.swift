/// Why a text is not a YAML document that this project accepts.
public struct YAMLSyntaxError: Error, Equatable, Sendable {
    /// What is wrong, in one line of lower case without a full stop.
    public var problem: String
    /// Where it is wrong.
    public var range: SourceRange
    /// A second place that explains the first, such as the start of the construct or the first of two equal keys.
    public var context: Context?

    /// A second place and what is there.
    public struct Context: Equatable, Sendable {
        /// What is there, in one line of lower case without a full stop.
        public var message: String
        public var range: SourceRange
    }

    init(_ problem: String, at range: SourceRange, context: Context? = nil) {
        self.problem = problem
        self.range = range
        self.context = context
    }
}

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

extension YAMLSyntaxError {
    /// Says what libyaml found in the words of someone who edits the file, and marks a whole character.
    ///
    /// libyaml notices some problems late: then the context is the place to mend. Both are kept as they are, because
    /// no constant shift is right for all.
    ///
    /// - Parameter source: The text.
    /// - Returns: The same problem at the same place.
    func inOurWords(for source: SourceText) -> YAMLSyntaxError {
        let place = source.character(at: range.lowerBound)
        var error = YAMLSyntaxError(problem, at: place)
        if problem == "found character that cannot start any token" {
            error.problem = Self.problemWithStart(source.first(in: place))
        } else {
            error.problem = Self.problems[problem] ?? problem
        }
        if let context {
            let opening = source.character(at: context.range.lowerBound)
            if opening != place || place.isEmpty {
                error.context = Context(message: Self.contexts[context.message] ?? context.message, range: opening)
            }
        }
        return error
    }

    private static func problemWithStart(_ character: Unicode.Scalar?) -> String {
        switch character {
        case "\t": "a tab cannot start a value; indent with spaces"
        case let character?: "\(String(character).quotedForMessage) cannot start a value; put the value in quotes"
        case nil: "expected a value"
        }
    }

    private static let problems = [
        "could not find expected ':'": "expected ':' after a key",
        "mapping values are not allowed in this context":
            "':' is not allowed here; if it belongs to the value, put the value in quotes",
        "mapping keys are not allowed in this context": "'?' is not allowed here; if it belongs to a value, quote it",
        "block sequence entries are not allowed in this context":
            "'-' is not allowed here; start the list on a line of its own, or put the value in quotes",
        "did not find expected key": "expected a key with the indentation of its mapping",
        "did not find expected '-' indicator": "expected '-' with the indentation of its list",
        "did not find expected node content": "expected a value",
        "did not find expected ',' or ']'": "expected ',' or ']'",
        "did not find expected ',' or '}'": "expected ',' or '}'",
        "did not find expected <document start>": "expected the end of the text; only one value is allowed at the top",
        "found a tab character that violates indentation": "a tab cannot indent; use spaces",
        "found a tab character where an indentation space is expected": "a tab cannot indent; use spaces",
        "found unexpected ':'": "':' is not allowed here; put a space after it, or put the value in quotes",
        "found unexpected end of stream": "the text ends inside quotes",
        "found unexpected document indicator": "a document marker ('---' or '...') is inside quotes",
        "found unknown escape character": "unknown escape; write '\\\\' for a backslash, or use single quotes",
        "did not find expected hexdecimal number": "expected hexadecimal digits: '\\x41', '\\u0041' or '\\U00000041'",
        "found invalid Unicode character escape code": "the escape is not a Unicode character",
        "found undefined tag handle": "the tag's prefix is not declared; use '!!' or '!', or leave out the tag",
        "did not find expected alphabetic or numeric character":
            "expected a name of letters, digits, '-' and '_'; if this is a value, put it in quotes",
        "did not find expected comment or line break": "only a comment or the end of the line may follow here",
        "found an indentation indicator equal to 0": "the indentation indicator must be from 1 to 9",
        "found unknown directive name": "unknown directive; only %YAML and %TAG exist",
        "found incompatible YAML document": "only YAML 1.1 and 1.2 can be read",
    ]

    private static let contexts = [
        "while scanning a simple key": "this has no ':'",
        "while parsing a block mapping": "the mapping starts here",
        "while parsing a flow mapping": "the mapping starts here",
        "while parsing a block collection": "the list starts here",
        "while parsing a flow sequence": "the list starts here",
        "while parsing a block node": "the value starts here",
        "while parsing a flow node": "the value starts here",
        "while parsing a node": "the value starts here",
        "while parsing a quoted scalar": "the quotes open here",
        "while scanning a quoted scalar": "the quotes open here",
        "while scanning a plain scalar": "the value starts here",
        "while scanning a block scalar": "the block starts here",
        "while scanning an anchor": "the anchor starts here",
        "while scanning an alias": "the alias starts here",
        "while scanning a tag": "the tag starts here",
        "while parsing a tag": "the tag starts here",
        "while scanning a directive": "the directive starts here",
        "while scanning a %YAML directive": "the directive starts here",
        "while scanning a %TAG directive": "the directive starts here",
        "while scanning a tag directive": "the directive starts here",
        "while parsing a tag directive": "the directive starts here",
        "while parsing a %TAG directive": "the directive starts here",
    ]
}

extension SourceText {
    /// The first character of a range.
    fileprivate func first(in range: SourceRange) -> Unicode.Scalar? {
        guard !range.isEmpty else { return nil }
        return lines[range.lowerBound.line - 1].unicodeScalars.dropFirst(range.lowerBound.column - 1).first
    }
}
