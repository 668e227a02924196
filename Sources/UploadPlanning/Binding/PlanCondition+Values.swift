import MarkedYAML

extension [PlanCondition] {
    /// Compares conditions with values.
    ///
    /// - Parameter values: The values of parameters, and what is known of the run, by name.
    /// - Returns: The first condition that is not met, in words; `nil` if all hold.
    func unmet(by values: [String: String]) -> String? {
        for condition in self {
            let value = values[condition.name.value] ?? ""
            if condition.values.contains(where: { $0.value == value }) != condition.isNegated { continue }
            let wanted = condition.values.map { "'\($0.value)'" }.joined(separator: " or ")
            return "\(condition.name.value) is '\(value)'"
                + (condition.isNegated ? ", and the rule is for anything else" : ", not \(wanted)")
        }
        return nil
    }
}
