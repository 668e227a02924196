import FoundationEssentials
import LocalFiles
import MarkedYAML
import RunOutputs
import UploadPlanning

/// What a shell completes from the layout in force: the one that the command line names, or the environment.
enum LayoutCompletion {
    /// The names of terms.
    @Sendable static func terms(words: [String], index: Int, prefix: String) -> [String] {
        layout(words).terms.map(\.name).filter { $0.hasPrefix(prefix) }
    }

    /// The names of groups, and of terms.
    @Sendable static func groupsAndTerms(words: [String], index: Int, prefix: String) -> [String] {
        let layout = layout(words)
        return (layout.groups.map(\.name) + layout.terms.map(\.name)).filter { $0.hasPrefix(prefix) }
    }

    private static func layout(_ words: [String]) -> Layout {
        let flag = "--layout"
        let named =
            words.firstIndex(of: flag).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
            ?? words.first { $0.hasPrefix("\(flag)=") }.map { String($0.dropFirst(flag.count + 1)) }
        let file = named ?? ProcessInfo.processInfo.environment[ChosenPlaces.Variable.layout] ?? ""
        guard !file.isEmpty, let bytes = try? SmallFile.read(file, limit: YAMLLimits.standard.byteCount),
            let layout = try? Layout.read(bytes, file: file)
        else { return .builtIn }
        return layout
    }
}

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
