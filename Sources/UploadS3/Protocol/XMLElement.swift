/// One element of an answer's XML: a name, its text, and the elements in it.
///
/// Attributes and namespaces are left out: no answer of S3 or STS carries anything in them.
struct XMLElement: Hashable, Sendable {
    /// The name without a prefix.
    var name: String
    /// The elements directly in this one, in the order of the text.
    var children: [XMLElement] = []
    /// The characters directly in this element.
    var text = ""

    /// The first element of a name directly in this one.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All elements of a name directly in this one.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

extension XMLElement {
    /// The element as a document would spell it, without attributes: no request of ours has any.
    var xml: String {
        let content = children.isEmpty ? text.escapedForXML : children.map(\.xml).joined()
        return "<\(name)>\(content)</\(name)>"
    }

    /// An element with a text.
    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    /// An element with others in it.
    init(_ name: String, _ children: [XMLElement]) {
        self.name = name
        self.children = children
    }
}

/// An answer that is no complete XML document.
struct XMLSyntaxError: Error, Hashable, Sendable {
    /// What the parser said, in one line.
    var problem: String
    /// The line that it stopped at, from 1.
    var line: Int
    /// Whether the document is right as far as it goes: the rest may have been lost on the way.
    var isEarlyEnd: Bool
}

extension String {
    /// The text with the characters escaped that XML gives a meaning.
    var escapedForXML: String {
        reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            default: text.append(character)
            }
        }
    }
}
