import MarkedYAML
import RunOutputs

extension RulePlanner {
    /// Fails the rule, and takes back its operations, if what it selected is implausible.
    mutating func checkExpectation() {
        guard draft.status == .active, !draft.operations.isEmpty, expectsSomething else { return }
        let files = draft.operations.flatMap(\.sourceFiles)
        let problems = implausibleNumbers(files) + outdated(files)
        guard !problems.isEmpty else { return }
        draft.problems += problems.map { PlannedRule.Problem($0) }
        draft.withdraw(rule)
    }

    private var expectsSomething: Bool {
        let expectation = bound.rule.expectation
        return expectation.files != nil || expectation.bytes != nil || bound.newerThan != nil
    }

    private func implausibleNumbers(_ files: [SourceFile]) -> [String] {
        var problems: [String] = []
        let expectation = bound.rule.expectation
        if let range = expectation.files?.value, !range.contains(Int64(files.count)) {
            problems.append("\(files.count.counted("file")) selected, \(range.text { "\($0)" }) expected")
        }
        let bytes = files.reduce(0) { $0 + ($1.version.knownSize ?? 0) }
        if files.allSatisfy({ $0.version.knownSize != nil }), let range = expectation.bytes?.value,
            !range.contains(bytes)
        {
            problems.append("\(bytes.byteText) selected, \(range.text(\.byteText)) expected")
        }
        return problems
    }

    private func outdated(_ files: [SourceFile]) -> [String] {
        guard inventory.hasTimes, let path = bound.newerThan else { return [] }
        guard case .file(let reference) = inventory.paths[path] ?? .absent else {
            return ["'\(path)', which files must be newer than, is not a file"]
        }
        let old = files.filter { $0.version.modified <= reference.modified }
        guard let first = old.first else { return [] }
        return ["'\(first.path)'\(old.count > 1 ? " and \(old.count - 1) more are" : " is") not newer than '\(path)'"]
    }
}

extension PlausibleRange {
    fileprivate func text(_ text: (Int64) -> String) -> String {
        if lowerBound == upperBound { return text(lowerBound) }
        if upperBound == .max { return "at least \(text(lowerBound))" }
        if lowerBound == 0 { return "at most \(text(upperBound))" }
        return "\(text(lowerBound)) to \(text(upperBound))"
    }
}
