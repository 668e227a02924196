import CExpat

extension XMLElement {
    /// Reads a complete document.
    ///
    /// Document type declarations are refused: no service sends one, and they are where entities that grow come from.
    ///
    /// - Parameter document: The document's bytes.
    /// - Throws: ``XMLSyntaxError`` if the document is not well-formed, ends early, is empty, or is too deep.
    init(parsing document: [UInt8]) throws(XMLSyntaxError) {
        let reader = XMLReader()
        guard let root = try reader.read(document) else {
            throw XMLSyntaxError(problem: "no element", line: 1, isEarlyEnd: document.isEmpty)
        }
        self = root
    }
}

/// Builds the tree from expat's events.
///
/// Expat is given an unretained pointer to this object, which therefore owns the parser and outlives it.
@safe private final class XMLReader {
    private static let maximumDepth = 32
    /// What expat says where the text ends before the document does.
    private static let earlyEnds = [
        XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN, XML_ERROR_PARTIAL_CHAR, XML_ERROR_UNCLOSED_CDATA_SECTION,
    ]

    private let parser: XML_Parser?
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var refusal: String?

    init() {
        unsafe parser = XML_ParserCreate("UTF-8")
        unsafe XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        unsafe XML_SetElementHandler(
            parser,
            { context, name, _ in
                guard let context = unsafe context, let name = unsafe name else { return }
                unsafe XMLReader.from(context).start(String(cString: name))
            },
            { context, _ in
                guard let context = unsafe context else { return }
                unsafe XMLReader.from(context).end()
            }
        )
        unsafe XML_SetCharacterDataHandler(parser) { context, text, count in
            guard let context = unsafe context, let text = unsafe text else { return }
            let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(count))
            unsafe XMLReader.from(context).characters(String(decoding: bytes, as: UTF8.self))
        }
        unsafe XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            guard let context = unsafe context else { return }
            unsafe XMLReader.from(context).refuse("a document type declaration")
        }
    }

    deinit { unsafe XML_ParserFree(parser) }

    func read(_ document: [UInt8]) throws(XMLSyntaxError) -> XMLElement? {
        let status = unsafe document.withUnsafeBytes { bytes in
            unsafe XML_Parse(
                parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count), 1)
        }
        guard status == XML_STATUS_OK else {
            let code = unsafe XML_GetErrorCode(parser)
            let said = unsafe XML_ErrorString(code).map { unsafe String(cString: $0) }
            let line = unsafe Int(XML_GetCurrentLineNumber(parser))
            throw XMLSyntaxError(
                problem: refusal ?? said ?? "not XML", line: line,
                isEarlyEnd: refusal == nil && Self.earlyEnds.contains { $0 == code })
        }
        return root
    }

    private static func from(_ context: UnsafeMutableRawPointer) -> XMLReader {
        unsafe Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue()
    }

    private func start(_ name: String) {
        guard open.count < Self.maximumDepth else { return refuse("elements nested too deeply") }
        let localName = name.split(separator: ":").last.map(String.init) ?? name
        open.append(XMLElement(name: localName))
    }

    private func characters(_ text: String) {
        if !open.isEmpty { open[open.count - 1].text += text }
    }

    private func end() {
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    private func refuse(_ what: String) {
        refusal = what
        unsafe XML_StopParser(parser, XML_Bool(XML_FALSE))
    }
}

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

/// An answer that is not a complete XML document.
struct XMLSyntaxError: Error, Equatable, Sendable {
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
