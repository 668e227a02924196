public import MarkedYAML

/// What a plan says about where its outputs go besides its rules: its layout and its bucket.
///
/// It is read before the plan, because the layout says which destinations there are.
public struct PlanPlaces: Hashable, Sendable {
    /// The plan's file.
    public var file: String
    /// The layout's file as the plan writes it, relative to the plan.
    public var layout: Marked<String>?
    /// The bucket policy's file, likewise.
    public var buckets: Marked<String>?
    public var bucket: Marked<String>?

    /// The layout and the policy that are built in, as plans and flags name them.
    public static let builtInName = "therock"

    /// Reads these keys alone; what is wrong with them is told with the rest of the plan.
    ///
    /// - Parameters:
    ///   - bytes: The plan's content.
    ///   - file: The plan's file.
    public init(_ bytes: some Collection<UInt8>, file: String) {
        self.file = file
        let bytes = Array(bytes)
        // To parse every plan twice only for this would be a pity.
        guard ["layout", "bucket"].contains(where: { bytes.holds($0.utf8) }), let root = try? Node.parse(bytes) else {
            return
        }
        layout = root["layout"]?.text
        buckets = root["buckets"]?.text
        bucket = root["bucket"]?.text
    }

    /// A file that the plan names, as it is found from the working directory: `-` and `git:` plans have no directory of
    /// their own but that of their path.
    ///
    /// - Parameter name: The file's name in the plan.
    /// - Returns: The path; what is built in keeps its name.
    public func path(of name: String) -> String {
        guard name != Self.builtInName, !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else {
            guard name != Self.builtInName, file.hasPrefix("git:"), let colon = file.lastIndex(of: ":") else {
                return name
            }
            return file[...colon] + name
        }
        return file[...slash] + name
    }
}

extension [PlanPlaces] {
    /// What all plans of a command agree on.
    ///
    /// - Parameters:
    ///   - key: What is looked at.
    ///   - name: What the key is called.
    /// - Returns: The file, or the name, with the plan that says it; `nil` if none says it.
    /// - Throws: ``PlanRejected`` if two plans disagree.
    public func agreed(
        on key: (PlanPlaces) -> Marked<String>?, named name: String
    ) throws(PlanRejected) -> (plan: PlanPlaces, value: Marked<String>)? {
        guard let first = first(where: { key($0) != nil }), let value = key(first) else { return nil }
        for other in self {
            let theirs = key(other)
            let isSame = theirs.map {
                name == "bucket" ? $0.value == value.value : other.path(of: $0.value) == first.path(of: value.value)
            }
            guard isSame != true else { continue }
            var log = DiagnosticLog(file: other.file)
            let message =
                theirs == nil
                ? "this plan names no `\(name)`, and another plan of the same command does"
                : "two plans of one command name another `\(name)`"
            let start = SourcePosition(line: 1, column: 1)
            log.error(.contradictoryField, message, at: theirs?.range ?? start..<start) {
                $0.note("the other one is here", at: value.range, in: first.file)
                $0.help.append("give both the same `\(name)`, or run the command for each plan")
            }
            throw PlanRejected(log.diagnostics)
        }
        return (first, value)
    }
}
