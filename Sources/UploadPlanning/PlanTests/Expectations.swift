import MarkedYAML
import RunOutputs

extension ValidatedPlan {
    /// Finds expectations that no test of the plan meets: then either is wrong.
    ///
    /// - Returns: A warning for each `expect: {files: …}` that every test contradicts which gives its rule a file.
    public func contradictedExpectations() -> [Diagnostic] {
        guard plan.rules.contains(where: { $0.expectation.files != nil }) else { return [] }
        var selected: [Int: [(test: PlanTest, files: Int)]] = [:]
        for test in plan.tests {
            guard let upload = try? planned(test).upload else { continue }
            for index in plan.rules.indices where plan.rules[index].expectation.files != nil {
                let files = upload.selectedFiles(of: index)
                if files > 0 { selected[index, default: []].append((test, files)) }
            }
        }
        var log = DiagnosticLog(file: plan.file)
        for (index, rule) in plan.rules.enumerated() {
            guard let range = rule.expectation.files, let tests = selected[index],
                tests.allSatisfy({ !range.value.contains(Int64($0.files)) })
            else { continue }
            log.warning(
                .contradictedExpectation,
                "no test of the plan gives rule '\(rule.name.value)' a number of files that it expects", at: range.range
            ) { diagnostic in
                for (test, files) in tests {
                    diagnostic.note("this test gives it \(files.counted("file"))", at: test.name.range)
                }
                diagnostic.help.append("correct `expect`, or give the test as many files as a build leaves")
            }
        }
        return log.inOrder
    }
}

extension PlannedUpload {
    /// The files that a rule selected, also those that it took back because it fails.
    fileprivate func selectedFiles(of rule: Int) -> Int {
        let taken = operations.filter { $0.rule == rule }.reduce(0) { $0 + $1.sourceFileCount }
        let withdrawn = skipped.count { file in
            guard file.rule == rule, case .problem = file.reason else { return false }
            return true
        }
        return taken + withdrawn
    }
}
