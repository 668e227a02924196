import MarkedYAML
import RunOutputs

/// Compares a tree with a shape, and reports every difference.
struct ShapeChecker {
    var log: DiagnosticLog
    /// What is known of a run, for suggestions.
    var runValueNames: [String] = []

    mutating func check(_ node: Node, _ shape: Shape, _ what: String) {
        guard refuseTag(of: node) else { return }
        switch shape {
        case .text(let form): checkText(node, form, what)
        case .flag: checkFlag(node, what)
        case .word(let list): checkWord(node, list, what)
        case .list(let element, let minimum): checkList(node, element, minimum, what)
        case .mapping(let mapping): checkMapping(node, mapping, what)
        case .dictionary(let dictionary): checkDictionary(node, dictionary, what)
        case .choice(let choice): checkChoice(node, choice, what)
        case .either(let scalar, let list, let mapping):
            let chosen: Shape? =
                switch node.content {
                case .scalar: scalar
                case .sequence: list
                case .mapping: mapping
                }
            if let chosen { return check(node, chosen, what) }
            wrongKind(node, expected: shape.kindName, what)
        case .shared(_, let shape): check(node, shape, what)
        }
    }

    private mutating func refuseTag(of node: Node) -> Bool {
        guard let tag = node.tag, tag != "!" else { return true }
        let core = "tag:yaml.org,2002:"
        let shown = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
        log.error(.unsupportedTag, "tags such as '\(shown)' have no meaning here", at: node.range) {
            $0.help.append("remove the tag: values keep their spelling without it")
        }
        return false
    }

    mutating func wrongKind(_ node: Node, expected: String, _ what: String) {
        log.error(.wrongKind, "expected \(expected) for \(what), found \(node.kindName)", at: node.headRange)
    }

    private mutating func checkList(_ node: Node, _ element: Shape, _ minimum: Int, _ what: String) {
        guard case .sequence(let nodes) = node.content else {
            log.error(.wrongKind, "expected a list for \(what), found \(node.kindName)", at: node.headRange) {
                if case .scalar(let scalar) = node.content, !scalar.isNothing {
                    $0.help.append("write a list of one: `[\(scalar.raw)]`")
                    $0.fixIts.append(
                        .init(range: node.range, replacement: "[\(scalar.raw)]", isCertain: scalar.style != .literal))
                }
            }
            return
        }
        if nodes.count < minimum {
            log.error(.illegalValue, "\(what) must not be an empty list", at: node.headRange)
        }
        for node in nodes { check(node, element, "an element of \(what)") }
    }

    private mutating func checkMapping(_ node: Node, _ shape: MappingShape, _ what: String) {
        guard case .mapping(let pairs) = node.content else {
            return wrongKind(node, expected: "a mapping", what)
        }
        let known = shape.fields.map(\.name)
        var missing = shape.fields.filter { field in
            field.isRequired && !pairs.contains { $0.key.value.text == field.name }
        }
        for pair in pairs {
            if let field = shape.fields.first(where: { $0.name == pair.key.value.text }) {
                check(pair.value, field.shape, "`\(field.name)`")
            } else {
                let key = pair.key.value.text
                log.unknownWord(
                    shape.unknownKey, "unknown key '\(key)' in \(shape.noun)", word: key, at: pair.key.range,
                    known: known, none: "it takes none", listing: "\(shape.noun) takes")
                // A misspelled key is one mistake, not two.
                if let nearest = key.nearest(in: known) { missing.removeAll { $0.name == nearest } }
            }
        }
        for field in missing {
            log.error(.missingKey, "missing key '\(field.name)' in \(shape.noun)", at: node.headRange) {
                $0.help.append("`\(field.name)`: \(field.summary)")
            }
        }
    }

    private mutating func checkDictionary(_ node: Node, _ shape: DictionaryShape, _ what: String) {
        guard case .mapping(let pairs) = node.content else {
            log.error(
                .wrongKind, "expected a mapping with a key for each \(shape.noun) for \(what), found \(node.kindName)",
                at: node.headRange
            ) {
                guard case .sequence = node.content else { return }
                $0.help.append("write the name of each \(shape.noun) as a key, `name: {…}`, instead of a list")
            }
            return
        }
        if pairs.count < shape.atLeast {
            log.error(.illegalValue, "\(what) must have at least one \(shape.noun)", at: node.headRange)
        }
        for pair in pairs {
            checkText(Node(key: pair.key), shape.key, "the name of a \(shape.noun)")
            check(pair.value, shape.value, "\(shape.noun) '\(pair.key.value.text)'")
        }
    }

    private mutating func checkChoice(_ node: Node, _ shape: ChoiceShape, _ what: String) {
        guard case .mapping(let pairs) = node.content else {
            return wrongKind(node, expected: "a mapping with one key, \(shape.noun.withArticle)", what)
        }
        if pairs.count != 1 {
            log.error(
                .wrongKind, "expected exactly one \(shape.noun) for \(what), found \(pairs.count)", at: node.headRange
            ) {
                for pair in pairs.dropFirst() { $0.note("another one", at: pair.key.range) }
            }
        }
        for pair in pairs {
            let key = pair.key.value.text
            if let option = shape.options.first(where: { $0.name == key }) {
                check(pair.value, option.shape, "`\(key)`")
            } else {
                log.unknownWord(
                    shape.unknownKey, "unknown \(shape.noun) '\(key)'", word: key, at: pair.key.range,
                    known: shape.options.map(\.name))
            }
        }
    }
}

extension Shape {
    var kindName: String {
        switch self {
        case .text(.integer): "a number"
        case .text: "text"
        case .flag: "true or false"
        case .word(let list): list.noun.withArticle
        case .list: "a list"
        case .mapping, .dictionary, .choice: "a mapping"
        case .either(let scalar, let list, let mapping):
            [scalar, list, mapping].compactMap(\.?.kindName).joined(separator: " or ")
        case .shared(_, let shape): shape.kindName
        }
    }
}

extension Node {
    /// What the node is, for messages.
    var kindName: String {
        switch content {
        case .scalar(let scalar): scalar.isNothing ? "nothing" : "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The part of the node to underline: a scalar as a whole, of anything longer the first key or element.
    var headRange: SourceRange {
        guard range.lowerBound.line != range.upperBound.line else { return range }
        switch content {
        case .scalar: return range
        case .sequence(let nodes): return nodes.first?.headRange ?? range
        case .mapping(let pairs): return pairs.first?.key.range ?? range
        }
    }
}

extension String {
    /// The noun with its article.
    var withArticle: String { ("aeiou".contains(prefix(1)) ? "an " : "a ") + self }
}

extension Scalar {
    /// Whether the author wrote nothing: `key:` without a value.
    var isNothing: Bool { style == .plain && text.isEmpty }
}

extension ShapeChecker {
    mutating func checkText(_ node: Node, _ form: TextForm, _ what: String) {
        guard let text = scalarText(node, expected: Shape.text(form).kindName, what) else { return }
        switch form {
        case .any: break
        case .nonEmpty, .template:
            if text.isEmpty { log.error(.illegalValue, "\(what) must not be empty", at: node.range) }
        case .name:
            if !text.isPlanName {
                let role = what.hasPrefix("`") ? "the value of \(what)" : what
                log.error(.illegalName, "'\(text)' cannot be \(role)", at: node.range) {
                    $0.help.append("names are made of letters, digits, '_' and '-', and start with a letter or digit")
                }
            }
        case .valueName:
            if !text.isValueName {
                log.error(.illegalName, "'\(text)' cannot be \(what)", at: node.range) {
                    $0.help.append(
                        "write the name of a parameter, or one of \(runValueNames.joined(separator: ", "))")
                }
            }
        case .integer(let range):
            if Int(text).map(range.contains) != true {
                log.error(
                    .illegalValue, "'\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)",
                    at: node.range)
            }
        case .countRange:
            if PlausibleRange(counts: text) == nil {
                log.error(.illegalValue, "'\(text)' is not a range of numbers", at: node.range) {
                    $0.help.append("write `1..200`, `1..`, `..200` or one number")
                }
            }
        case .byteRange:
            if PlausibleRange(bytes: text) == nil {
                log.error(.illegalValue, "'\(text)' is not a range of sizes", at: node.range) {
                    $0.help.append("write `1KiB..8GiB`, `1..`, `..10MiB` or one size; units are B, KiB, MiB, GiB, TiB")
                }
            }
        case .timestamp:
            if (try? UTCTimestamp(text)) == nil {
                log.error(.illegalValue, "'\(text)' is not a time in UTC", at: node.range) {
                    $0.help.append("write it as `2025-11-11T16:18:48Z`")
                }
            }
        case .retention:
            if Retention(text) == nil {
                log.error(.illegalValue, "'\(text)' does not say how long objects are kept", at: node.range) {
                    $0.help.append(
                        "write a number of days up to \(Retention.legalDays.upperBound), such as `30d`, or `forever`")
                }
            }
        }
    }

    mutating func checkFlag(_ node: Node, _ what: String) {
        guard let text = scalarText(node, expected: "true or false", what), text != "true", text != "false" else {
            return
        }
        log.error(.illegalValue, "expected true or false for \(what), found '\(text)'", at: node.range) {
            let meant = ["yes", "on", "y"].contains(text.lowercased()) || text.lowercased() == "true"
            let denied = ["no", "off", "n"].contains(text.lowercased()) || text.lowercased() == "false"
            if meant || denied {
                $0.help.append("did you mean `\(meant)`?")
                $0.fixIts.append(.init(range: node.range, replacement: "\(meant)", isCertain: true))
            }
        }
    }

    mutating func checkWord(_ node: Node, _ list: WordList, _ what: String) {
        guard let text = scalarText(node, expected: list.noun.withArticle, what) else { return }
        guard !list.words.contains(where: { $0.text == text }) else { return }
        log.unknownWord(
            list.code, "unknown \(list.noun) '\(text)'", word: text, at: node.range, known: list.words.map(\.text))
    }

    private mutating func scalarText(_ node: Node, expected: String, _ what: String) -> String? {
        guard case .scalar(let scalar) = node.content, !scalar.isNothing else {
            wrongKind(node, expected: expected, what)
            return nil
        }
        return scalar.text
    }
}
