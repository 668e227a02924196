public import RunOutputs

/// A plan that has passed every check that needs neither a run nor a build tree.
///
/// Only ``UploadPlan/validated(_:)`` makes one, so whoever takes it need not check again.
@dynamicMemberLookup
public struct ValidatedPlan: Hashable, Sendable {
    public let plan: UploadPlan
    /// Warnings about it.
    public let warnings: [Diagnostic]

    /// The plan's own properties.
    public subscript<Value>(dynamicMember keyPath: KeyPath<UploadPlan, Value>) -> Value { plan[keyPath: keyPath] }

    fileprivate init(_ plan: UploadPlan, warnings: [Diagnostic]) {
        self.plan = plan
        self.warnings = warnings
    }
}

extension ValidatedPlan {
    /// Reads and checks a plan file.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    ///   - layout: Where the plan may put outputs.
    /// - Returns: The plan, with warnings.
    /// - Throws: ``PlanRejected`` with all problems, sorted by place.
    public static func read(
        _ bytes: some Collection<UInt8>, file: String, layout: Layout = .builtIn
    ) throws(PlanRejected) -> ValidatedPlan {
        let (plan, log) = UploadPlan.decode(bytes, file: file, layout: layout)
        guard let plan else { throw PlanRejected(log.inOrder) }
        return try plan.validated(log)
    }
}

extension UploadPlan {
    /// Runs every check.
    fileprivate func validated(_ log: DiagnosticLog) throws(PlanRejected) -> ValidatedPlan {
        var log = log
        for check in Self.checks { check(self, &log) }
        let diagnostics = log.inOrder
        guard !log.hasErrors else { throw PlanRejected(diagnostics) }
        return ValidatedPlan(self, warnings: diagnostics)
    }

    /// Adding a check is adding one function here, one code, and one entry in docs/checks.md.
    private static var checks: [@Sendable (UploadPlan, inout DiagnosticLog) -> Void] {
        [
            checkReferences, checkUnusedParameters, checkParameterDefaults, checkLiteralValues, checkConditions,
            checkDependentParameters, checkSecretParameters, checkRuleNamesOfSummary,
            checkProperties, checkDestinations, checkSourcePaths,
            checkPatterns, checkSelections, checkArchives, checkRepeatedRules, checkRuleNames, checkCycles,
        ]
    }
}
