/// A value together with who gave it.
public struct ResolvedValue<Value> {
    public let value: Value
    /// Who gave it.
    public let origin: ValueOrigin

    /// Joins a value with its origin.
    public init(_ value: Value, from origin: ValueOrigin) {
        self.value = value
        self.origin = origin
    }
}

extension ResolvedValue: Sendable where Value: Sendable {}
extension ResolvedValue: Equatable where Value: Equatable {}
extension ResolvedValue: Hashable where Value: Hashable {}

/// Who gave a value.
public enum ValueOrigin: Hashable, Sendable, CustomStringConvertible {
    /// A flag of the command line, with its dashes.
    case flag(String)
    /// An environment variable.
    case environment(String)
    case plan
    /// The machine that the tool runs on.
    case machine
    /// Nobody: it holds when nothing is said.
    case `default`

    /// The origin in words.
    public var description: String {
        switch self {
        case .flag(let name), .environment(let name): name
        case .plan: "the plan"
        case .machine: "this machine"
        case .default: "default"
        }
    }
}
