import MarkedYAML
public import RunOutputs
public import UploadPlanning

extension PlannedUpload {
    /// Joins rules, and bytes that each of them uploads.
    ///
    /// - Parameter rules: Rules, and the operations of each as file names below `1-linux`.
    /// - Returns: A plan whose operations are index pages of nothing: objects that need no file on disk.
    public static func made(of rules: [(rule: PlannedRule, names: [String])]) -> PlannedUpload {
        let operations = rules.enumerated().flatMap { index, entry in
            entry.names.map { name in
                UploadOperation(
                    rule: index, source: .index(IndexRecipe(title: name, rules: [], operations: [], parent: nil)),
                    destination: .testRoot.appending(name), contentType: "text/html")
            }
        }
        return PlannedUpload(rules: rules.map(\.rule), operations: UploadOperations(operations))
    }
}

extension PlannedRule {
    /// Makes a rule for tests.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - after: The rules it comes after.
    ///   - status: Whether it is carried out.
    ///   - problems: What fails it.
    ///   - bestEffort: Whether its failure is none.
    /// - Returns: A rule of `plan.yaml`.
    public static func made(
        _ name: String, after: [Int] = [], status: Status = .active, problems: [Problem] = [], bestEffort: Bool = false
    ) -> PlannedRule {
        let start = SourcePosition(line: 1, column: 1)
        return PlannedRule(
            plan: "plan.yaml", name: name, range: start..<start, status: status, problems: problems, after: after,
            bestEffort: bestEffort, destination: .testRoot)
    }
}

extension OutputLocation {
    /// Where tests upload to.
    public static let testRoot = OutputLocation(bucket: "bucket", key: "1-linux")
}
