import MarkedYAML
import RunOutputs

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
