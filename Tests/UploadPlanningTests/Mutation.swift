import MarkedYAML
import Testing

/// A working file with one mistake in it.
struct Mutation {
    /// What was broken, and how.
    var name: String
    /// The broken file.
    var text: String
    /// Where the mistake is in the broken file.
    var range: SourceRange
    /// Whether the mistake is that something is not there.
    var removesSomething = false
}

extension Mutation {
    /// Returns every mutation of a file: a fixed set of mistakes for each key, each value and each element.
    static func all(of text: String) throws -> [Mutation] {
        let root = try #require(try Node.parse(Array(text.utf8)))
        var maker = MutationMaker(source: SourceText(text))
        maker.visit(root, path: "")
        return maker.mutations
    }
}

private struct MutationMaker {
    let source: SourceText
    var mutations: [Mutation] = []

    mutating func visit(_ node: Node, path: String) {
        switch node.content {
        case .scalar: break
        case .sequence(let elements):
            for (index, element) in elements.enumerated() {
                breakValue(element, path: "\(path)[\(index)]")
                visit(element, path: "\(path)[\(index)]")
            }
        case .mapping(let pairs):
            for pair in pairs {
                let path = path.isEmpty ? pair.key.value.text : "\(path).\(pair.key.value.text)"
                breakKey(pair, path: path)
                breakValue(pair.value, path: path)
                visit(pair.value, path: path)
            }
        }
    }

    private mutating func breakKey(_ pair: Node.Pair, path: String) {
        let key = pair.key.value.text
        add("\(path): the key misspelled", pair.key.range, with: key.misspelled)
        add("\(path): another key", pair.key.range, with: "something")
        let whole = pair.key.range.lowerBound..<pair.value.range.upperBound
        add("\(path): removed", whole, with: "", removes: true)
        guard whole.lowerBound.line == whole.upperBound.line else { return }
        let indent = String(repeating: " ", count: whole.lowerBound.column - 1)
        let isFirst = source.lines[whole.lowerBound.line - 1].prefix(whole.lowerBound.column - 1).allSatisfy {
            $0 == " "
        }
        if isFirst {
            let line = source.text(in: whole)
            add("\(path): repeated", whole, with: "\(line)\n\(indent)\(line)", removes: true)
        }
    }

    private mutating func breakValue(_ node: Node, path: String) {
        guard case .scalar(let scalar) = node.content else {
            // A block scalar at its end takes the line break with it.
            let endsLine = node.range.upperBound.column == 1
            return add("\(path): a word", node.range, with: endsLine ? "word\n" : "word")
        }
        guard node.range.lowerBound.line == node.range.upperBound.line else { return }
        add("\(path): misspelled", node.range, with: "\"\(scalar.text.misspelled)\"")
        add("\(path): empty", node.range, with: "\"\"")
        add("\(path): nothing", node.range, with: "")
        add("\(path): a list", node.range, with: "[word]")
        add("\(path): a mapping", node.range, with: "{word: other}")
        add("\(path): an unknown parameter", node.range, with: "\"${nope}\"")
        add("\(path): an expression", node.range, with: "\"${{ nope }}\"")
        add("\(path): a path upwards", node.range, with: "../up")
        add("\(path): a closing bracket", node.range, with: "x]")
    }

    private mutating func add(_ name: String, _ range: SourceRange, with replacement: String, removes: Bool = false) {
        let start = range.lowerBound
        let end = SourcePosition(line: start.line, column: start.column + replacement.unicodeScalars.count)
        mutations.append(
            Mutation(
                name: "line \(start.line), \(name)", text: source.replacing(range, with: replacement),
                range: start..<end, removesSomething: removes))
    }
}

extension SourceText {
    fileprivate func text(in range: SourceRange) -> String { String(text[indices(of: range)]) }

    fileprivate func replacing(_ range: SourceRange, with replacement: String) -> String {
        text.replacingCharacters(in: indices(of: range), with: replacement)
    }

    private func indices(of range: SourceRange) -> Range<String.Index> {
        index(of: range.lowerBound)..<index(of: range.upperBound)
    }

    private func index(of position: SourcePosition) -> String.Index {
        let line = lines[position.line - 1].unicodeScalars
        return line.index(line.startIndex, offsetBy: position.column - 1)
    }
}

extension String {
    /// The text with two neighbours swapped, or a letter more where that changes nothing.
    fileprivate var misspelled: String {
        var letters = Array(self)
        let middle = letters.count / 2
        guard letters.count >= 3, letters[middle - 1] != letters[middle] else { return self + "x" }
        letters.swapAt(middle - 1, middle)
        return String(letters)
    }

    fileprivate func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
