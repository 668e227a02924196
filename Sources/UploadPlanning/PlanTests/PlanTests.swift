import MarkedYAML
import RunOutputs

extension ValidatedPlan {
    /// Runs the plan's own tests: each plans an upload of the files that it gives, and compares the keys.
    ///
    /// - Returns: An error for each test that fails.
    public func testFailures() -> [Diagnostic] {
        plan.tests.flatMap { failures($0) }.sorted(by: Diagnostic.inOrder)
    }

    private func failures(_ test: PlanTest) -> [Diagnostic] {
        var log = DiagnosticLog(file: plan.file)
        let names = plan.parameters.map(\.name.value)
        for setting in test.settings where !names.contains(setting.parameter.value) {
            log.unknownWord(
                .unknownParameter, "unknown parameter '\(setting.parameter.value)' in `set`",
                word: setting.parameter.value, at: setting.parameter.range, known: names,
                none: "the plan has no parameters", listing: "the plan's parameters are")
        }
        // A test that sets something else would fail for that alone.
        guard !log.hasErrors else { return log.diagnostics }
        do throws(PlanRejected) {
            let (upload, root) = try planned(test)
            compare(upload, with: test, below: root.prefix, &log)
        } catch {
            report(error.diagnostics.filter { $0.severity == .error }, of: test, &log)
        }
        return log.inOrder
    }

    /// Plans an upload of the files that a test gives.
    ///
    /// - Parameter test: The test; all that it sets must be parameters of the plan.
    /// - Returns: What would be uploaded, and where the outputs of that run live.
    /// - Throws: ``PlanRejected`` if that cannot be planned.
    func planned(_ test: PlanTest) throws(PlanRejected) -> (upload: PlannedUpload, root: RunOutputRoot) {
        let root = try root(of: test)
        let settings = Dictionary(test.settings.map { ($0.parameter.value, $0.value) }) { first, _ in first }
        var inputs = ParameterInputs(settings: settings)
        if let repository = test.run[.repository] { inputs.repository = repository.value }
        if let releaseType = test.run[.releaseType] { inputs.releaseType = releaseType.value }
        let listing = TreeListing(paths: test.files.map(\.value))
        let tree = listing.inventory(answering: treeRequest(root: root, inputs: inputs))
        let bound = try bound(to: root, inputs: inputs, tree: tree)
        return (try [bound].planned(with: listing.inventory(answering: bound.inventoryRequest)).upload, root)
    }

    /// One message for a test: the first problem, and how many there are more.
    private func report(_ problems: [Diagnostic], of test: PlanTest, _ log: inout DiagnosticLog) {
        guard let first = problems.first else { return }
        log.error(
            .planTest, "the test '\(test.name.value)' cannot be planned: \(first.message)", at: test.name.range
        ) { diagnostic in
            if let range = first.range { diagnostic.note("it is about this", at: range, in: first.file) }
            diagnostic.notes += first.notes
            switch first.code {
            case .noValue, .valueNotListed, .illegalPathValue, .emptyValue:
                diagnostic.help = ["give the test a value: `set: {name: value}`"]
            case .missingPath: diagnostic.help = ["name a file below it in `given`, or the directory itself: `path/`"]
            default: diagnostic.help = first.help
            }
            let others = Set(problems.dropFirst().map(\.message)).subtracting([first.message]).count
            if others > 0 { diagnostic.help.append("\(others.counted("more problem")) of this test not shown") }
        }
    }

    /// Tests compare keys below the run's prefix, so any run will do that is not given.
    private func root(of test: PlanTest) throws(PlanRejected) -> RunOutputRoot {
        do {
            if let repository = test.run[.repository] { _ = try RepositoryName(repository.value) }
            let values = Dictionary(test.run.map { ($0.key.rawValue, $0.value.value) }) { first, _ in first }
            return try .test(values, in: plan.layout)
        } catch {
            let range = (test.run[.repository] ?? test.run[.runID])?.range
            throw PlanRejected([
                Diagnostic(
                    severity: .error, code: .runContext, message: "\(error)", file: plan.file, range: range)
            ])
        }
    }

    private func compare(_ upload: PlannedUpload, with test: PlanTest, below prefix: String, _ log: inout DiagnosticLog)
    {
        let found = Set(
            upload.operations.map { ExactString(String($0.destination.key.text.dropFirst(prefix.count + 1))) })
        let expected = Set(test.keys.map { ExactString($0.value) })
        let missing = test.keys.filter { !found.contains(ExactString($0.value)) }
        let unexpected = found.subtracting(expected).sorted()
        guard !missing.isEmpty || !unexpected.isEmpty else { return }
        let parts = [
            missing.isEmpty ? nil : "\(missing.count.counted("expected key")) missing",
            unexpected.isEmpty ? nil : unexpected.count.counted("unexpected key"),
        ]
        let summary = parts.compactMap(\.self).joined(separator: ", ")
        log.error(.planTest, "the test '\(test.name.value)' fails: \(summary)", at: test.name.range) { diagnostic in
            for key in missing { diagnostic.note("no rule uploads this", at: key.range) }
            for key in unexpected { diagnostic.help.append("'\(key)' is uploaded, and the test does not expect it") }
            for rule in upload.rules {
                for problem in rule.problems { diagnostic.help.append("rule '\(rule.name)' fails: \(problem.message)") }
            }
        }
    }
}
