import MarkedYAML
public import RunOutputs

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

/// Checks files of every kind that this tool reads.
public enum FileCheck {
    /// What a file is.
    public enum Kind: Hashable, Sendable {
        case plan, buckets, layout, requirements
    }

    /// Checks a plan or what a run must hold, with their tests, a bucket policy or a layout.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    ///   - layout: Where plans may put outputs.
    /// - Returns: All problems, sorted by place.
    public static func diagnostics(
        _ bytes: some Collection<UInt8>, file: String, layout: Layout = .builtIn
    ) -> [Diagnostic] {
        switch kind(of: bytes) {
        case .buckets: return BucketPolicy.checked(bytes, file: file).diagnostics
        case .layout: return Layout.checked(bytes, file: file).diagnostics
        case .requirements:
            let (requirements, diagnostics) = RunRequirements.checked(bytes, file: file, layout: layout)
            return (diagnostics + (requirements?.testFailures() ?? [])).sorted(by: Diagnostic.inOrder)
        case .plan: break
        }
        do {
            let plan = try ValidatedPlan.read(bytes, file: file, layout: layout)
            return (plan.warnings + plan.testFailures() + plan.contradictedExpectations()).sorted(
                by: Diagnostic.inOrder)
        } catch {
            return error.diagnostics
        }
    }

    /// Tells the kinds of files apart by their keys: `uploads` makes a plan; without it, `rules` or `release_types` make
    /// a bucket policy, `required` what a run must hold, and `terms` a layout.
    public static func kind(of bytes: some Collection<UInt8>) -> Kind {
        // To parse a file twice only for this would be a pity.
        let contents = Array(bytes)
        let mayBeOther = ["rules", "release_types", "terms", "required"].contains { contents.holds($0.utf8) }
        guard mayBeOther, let root = try? Node.parse(contents), root["uploads"] == nil else { return .plan }
        if root["rules"] != nil || root["release_types"] != nil { return .buckets }
        if root["required"] != nil { return .requirements }
        return root["terms"] == nil ? .plan : .layout
    }
}
