import MarkedYAML
import RunOutputs

extension RunRequirements {
    /// Runs the file's own tests.
    ///
    /// - Returns: An error for each test that fails.
    public func testFailures() -> [Diagnostic] {
        var log = DiagnosticLog(file: file)
        for test in tests { run(test, &log) }
        return log.inOrder
    }

    private func run(_ test: Test, _ log: inout DiagnosticLog) {
        let names = parameterNames
        var inputs = ParameterInputs()
        for (parameter, values) in test.settings {
            guard names.contains(parameter.value) else {
                log.unknownWord(
                    .unknownParameter, "unknown parameter '\(parameter.value)' in `set`", word: parameter.value,
                    at: parameter.range, known: names, none: "there are no parameters", listing: "the parameters are")
                return
            }
            inputs.settings[parameter.value] = values.joined(separator: " ")
        }
        if let repository = test.run[.repository] { inputs.repository = repository.value }
        if let releaseType = test.run[.releaseType] { inputs.releaseType = releaseType.value }
        do {
            let values = Dictionary(test.run.map { ($0.key.rawValue, $0.value.value) }) { first, _ in first }
            let root = try RunOutputRoot.test(values, in: layout)
            var search = RequirementsSearch(try bound(to: root, inputs: inputs), in: root)
            for key in test.keys.map({ ExactString("\(root.prefix)/\($0.value)") }).sorted() { search.see(key) }
            let receipts = Set(test.receipts.map(\.value))
            compare(search.missing { receipts.contains($0) ? nil : "missing" }.map(\.name), test, &log)
        } catch {
            let problem = (error as? PlanRejected)?.diagnostics.first?.message ?? "\(error)"
            log.error(
                .requirementTest, "the test '\(test.name.value)' cannot be run: \(problem)", at: test.name.range)
        }
    }

    private func compare(_ found: [String], _ test: Test, _ log: inout DiagnosticLog) {
        let missing = Set(found.map { ExactString($0) })
        let expected = Set(test.missing.map { ExactString($0.value) })
        let extra = missing.subtracting(expected).sorted()
        let absent = test.missing.filter { !missing.contains(ExactString($0.value)) }
        guard !extra.isEmpty || !absent.isEmpty else { return }
        log.error(.requirementTest, "the test '\(test.name.value)' fails", at: test.name.range) { diagnostic in
            for name in absent { diagnostic.note("this is not missing", at: name.range) }
            for name in extra { diagnostic.help.append("'\(name)' is missing, and the test does not say so") }
        }
    }
}
