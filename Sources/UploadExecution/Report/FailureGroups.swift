package import UploadPlanning

/// Failures of many objects for people: what failed for one reason is told once, with the number and a few names.
package struct FailureGroups {
    private struct Group {
        var error: StoreError
        var names: [String] = []
        var count = 0
    }

    private let style: TextStyle
    /// Where all names are, if they are somewhere.
    private let advice: String?
    private var groups: [Group] = []
    private var places: [String: Int] = [:]

    /// The most objects that are named for one reason.
    private static let foldAfter = 10

    /// Starts without failures.
    ///
    /// - Parameters:
    ///   - style: Whether to use colour.
    ///   - advice: How to see all names: "--report lists them all".
    package init(style: TextStyle = .plain, advice: String? = nil) {
        self.style = style
        self.advice = advice
    }

    /// Whether nothing failed.
    package var isEmpty: Bool { groups.isEmpty }

    /// Adds a failure.
    ///
    /// - Parameters:
    ///   - error: Why the object failed.
    ///   - name: The object: made only where it is shown.
    package mutating func add(_ error: StoreError, of name: @autoclosure () -> String) {
        let place = places[error.reason] ?? groups.count
        if place == groups.count {
            groups.append(Group(error: error))
            places[error.reason] = place
        }
        groups[place].count += 1
        if groups[place].names.count < Self.foldAfter { groups[place].names.append(name()) }
    }

    /// One block for each reason, in the order in which they came up.
    package func render() -> String {
        groups.map { group in
            let count = group.count > 1 ? "\(group.count) × " : ""
            let head = "\(style.paint("error", .red, .bold)): \(count)\(group.error.message.printable)\n"
            let names = group.names.map { "    \($0.printable)\n" }.joined()
            let rest = group.count - group.names.count
            let more = rest > 0 ? "    … and \(rest) more\(advice.map { " (\($0))" } ?? "")\n" : ""
            let hint = group.error.hint.map { "  = \(style.paint("help", .cyan)): \($0.printable)\n" } ?? ""
            return head + names + more + hint
        }.joined()
    }
}
