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

/// An answer that is no complete XML document.
struct XMLSyntaxError: Error, Hashable, Sendable {
    /// What the parser said, in one line.
    var problem: String
    /// The line that it stopped at, from 1.
    var line: Int
    /// Whether the document is right as far as it goes: the rest may have been lost on the way.
    var isEarlyEnd: Bool
}
