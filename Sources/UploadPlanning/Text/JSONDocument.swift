/// Writes a JSON object with one member, or one element of a member's array, to a line.
///
/// Elements are rendered one at a time: a plan of many operations never stands in memory as a tree.
public struct JSONDocument {
    private var text = ""
    private var hasMembers = false

    /// Starts an object.
    public init() {}

    /// The whole object, with a line break at the end.
    public var finished: String { hasMembers ? text + "\n}\n" : "{}\n" }

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
        add(name, elements, render) { _ in }
    }

    /// Adds a member whose value is an array that need not stand in memory.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - elements: What the array is made of.
    ///   - render: Makes one element.
    ///   - pass: Is shown, after each element, the text that is not yet passed on, and may take it: what it takes must
    ///     be put before ``finished``.
    /// - Throws: What `pass` throws.
    public mutating func add<Element, Failure: Error>(
        _ name: String, _ elements: some Sequence<Element>, _ render: (Element) -> JSONValue,
        passingOn pass: (inout String) throws(Failure) -> Void
    ) throws(Failure) {
        start(name)
        text += "["
        var isFirst = true
        for element in elements {
            text += isFirst ? "\n    " : ",\n    "
            isFirst = false
            render(element).write(to: &text)
            try pass(&text)
        }
        text += isFirst ? "]" : "\n  ]"
    }

    private mutating func start(_ name: String) {
        text += hasMembers ? ",\n  " : "{\n  "
        hasMembers = true
        JSONValue.string(name).write(to: &text)
        text += ": "
    }
}
