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
        do throws(PlanRejected) {
            let root = try Self.testRoot
            let bound = try bound(to: root, inputs: ParameterInputs(settings: test.settings))
            let listing = TreeListing(paths: test.files.map(\.value))
            let planned = try [bound].planned(with: listing.inventory(answering: bound.inventoryRequest))
            compare(planned.upload, with: test, below: root.prefix, &log)
        } catch {
            for problem in error.diagnostics where problem.severity == .error {
                log.error(
                    .planTest, "the test '\(test.name.value)' cannot be planned: \(problem.message)",
                    at: test.name.range
                ) {
                    if let range = problem.range { $0.note("it is about this", at: range, in: problem.file) }
                    $0.notes += problem.notes
                    $0.help = problem.help
                }
            }
        }
        let known = [self].unknownSettings(test.settings)
        for problem in known {
            log.error(
                .planTest, "the test '\(test.name.value)' sets what the plan does not have: \(problem.message)",
                at: test.name.range
            ) {
                $0.help = problem.help
            }
        }
        return log.diagnostics
    }

    /// Tests compare keys below the run's prefix, so any run will do.
    private static var testRoot: RunOutputRoot {
        get throws(PlanRejected) {
            do {
                return try RunOutputRoot.forLocalUse(platform: .linux)
            } catch {
                throw PlanRejected([Diagnostic(severity: .error, code: .runContext, message: "\(error)")])
            }
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
