/// Writes a JSON object with one member, or one element of a member's array, to a line.
///
/// Elements are rendered one at a time: a plan of many operations never stands in memory as a tree.
public struct JSONDocument {
    /// How many bytes are collected before they are passed on.
    private static let bufferSize = 64 << 10

    private var text: [UInt8] = []
    private var hasMembers = false

    /// Starts an object.
    public init() {}

    /// What is not passed on yet, with the end of the object and a line break.
    public var finished: String {
        let end = hasMembers ? "\n}\n" : "{}\n"
        return String(decoding: text + end.utf8, as: UTF8.self)
    }

    /// Adds a member in one line.
    public mutating func add(_ name: String, _ value: JSONValue) {
        start(name)
        value.write(to: &text)
    }

    /// Adds a member whose value is an array, one element to a line.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - elements: What the array is made of.
    ///   - render: Makes one element.
    public mutating func add<Element>(
        _ name: String, _ elements: some Sequence<Element>, _ render: (Element) -> JSONValue
    ) {
        start(name)
        var isFirst = true
        for element in elements { add(render(element), &isFirst) }
        endArray(isEmpty: isFirst)
    }

    /// Adds a member whose value is an array that need not stand in memory.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - elements: What the array is made of.
    ///   - render: Makes one element.
    ///   - write: Takes the text so far, from time to time and between two elements; ``finished`` is what comes after.
    /// - Throws: What `write` throws.
    public mutating func add<Element, Failure: Error>(
        _ name: String, _ elements: some Sequence<Element>, _ render: (Element) -> JSONValue,
        passingOn write: (String) throws(Failure) -> Void
    ) throws(Failure) {
        start(name)
        var isFirst = true
        for element in elements {
            add(render(element), &isFirst)
            guard text.count >= Self.bufferSize else { continue }
            try write(String(decoding: text, as: UTF8.self))
            text.removeAll(keepingCapacity: true)
        }
        endArray(isEmpty: isFirst)
    }

    private mutating func add(_ element: JSONValue, _ isFirst: inout Bool) {
        text += (isFirst ? "[\n    " : ",\n    ").utf8
        isFirst = false
        element.write(to: &text)
    }

    private mutating func endArray(isEmpty: Bool) { text += (isEmpty ? "[]" : "\n  ]").utf8 }

    private mutating func start(_ name: String) {
        text += (hasMembers ? ",\n  " : "{\n  ").utf8
        hasMembers = true
        JSONValue.string(name).write(to: &text)
        text += ": ".utf8
    }
}
