public import MarkedYAML

/// A value that a run gives to a plan.
public struct PlanParameter: Hashable, Sendable {
    /// What kind of value it is.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Any text.
        case string
        /// The path of a file.
        case file
        /// The path of a directory.
        case directory
    }

    /// A text that is replaced.
    public struct Replacement: Hashable, Sendable {
        /// The text to look for.
        public var text: String
        /// What to put in its place.
        public var replacement: String
    }

    /// The name.
    public var name: Marked<String>
    /// What the value is.
    public var description: String?
    /// What kind of value it is.
    public var kind: Kind
    /// The environment variable that gives the value.
    public var environmentVariable: Marked<String>?
    /// The values where nothing else gives one: the first counts whose conditions hold.
    public var defaults: [ParameterDefault]
    /// Only if all of these hold a value must be given, and may not be empty; otherwise the value is empty.
    public var neededWhen: [PlanCondition]
    /// The legal values; empty for any.
    public var legalValues: [Marked<String>]
    /// A prefix that is removed from the value.
    public var strippedPrefix: String?
    /// Texts that are replaced in the value, in this order.
    public var replacements: [Replacement]
    /// Whether a file or directory must exist.
    public var mustExist: Bool
    /// Whether the value is kept out of everything that is shown.
    public var isSecret: Bool
}

/// A value that a parameter has where nothing else gives one.
public struct ParameterDefault: Hashable, Sendable {
    /// The value.
    public var value: Marked<String>
    /// All must hold for the value to count.
    public var conditions: [PlanCondition]
    /// Files of which one must be there for the value to count; `nil` if the tree does not matter.
    public var found: FileSelection?
}

/// A condition: a parameter, or something that is known of the run, has one of some values, or none of them.
public struct PlanCondition: Hashable, Sendable {
    /// The parameter's name, or `run.platform` and the like.
    public var name: Marked<String>
    /// The values that meet the condition, or that do not.
    public var values: [Marked<String>]
    /// Whether the values are those that do not meet the condition.
    public var isNegated: Bool
}
