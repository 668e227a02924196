import LocalFiles
import MarkedYAML
import UploadPlanning

/// What a shell completes from the plans that its command line names.
enum PlanCompletion {
    /// The parameters of the plans, each with its equals sign.
    ///
    /// - Parameters:
    ///   - words: The words of the command line so far.
    ///   - index: Which of them is being completed.
    ///   - prefix: What is there of it.
    /// - Returns: Candidates; nothing for plans that cannot be read.
    @Sendable static func parameters(words: [String], index: Int, prefix: String) -> [String] {
        let plans = words.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        let names = plans.flatMap { plan -> [String] in
            guard let bytes = try? SmallFile.read(plan, limit: YAMLLimits.standard.byteCount),
                let read = try? ValidatedPlan.read(bytes, file: plan)
            else {
                return []
            }
            return read.plan.parameters.map(\.name.value)
        }
        return Set(names).sorted().map { $0 + "=" }.filter { $0.hasPrefix(prefix) }
    }
}
