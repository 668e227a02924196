import RunOutputs

/// The files that a project starts with: a layout, a bucket policy, a plan with tests, and a workflow.
public struct ProjectScaffold: Hashable, Sendable {
    public struct File: Hashable, Sendable {
        /// The path, relative to the project.
        public var path: String
        public var text: String
    }

    /// The files, in the order in which a reader looks at them.
    public var files: [File]
    /// What was found, one line for each kind of output.
    public var findings: [String]

    /// Makes the files for what a tree holds.
    ///
    /// - Parameters:
    ///   - name: What the project is called: a name as plans have it.
    ///   - paths: The files of the tree, relative to the project; without outputs of a known kind, samples stand in.
    ///   - directory: The directory for the files, relative to the project.
    public init(name: String, paths: [String], directory: String) {
        let found = FoundOutputs.find(in: paths)
        let outputs = found.isEmpty ? FoundOutputs.sample : found
        let text = ScaffoldText(name: name, outputs: outputs, directory: directory)
        files = [
            File(path: "\(directory)/layout.yaml", text: text.layout),
            File(path: "\(directory)/buckets.yaml", text: text.policy),
            File(path: "\(directory)/plan.yaml", text: text.plan),
            File(path: ".github/workflows/publish.yml", text: text.workflow),
        ]
        findings =
            found.isEmpty
            ? ["no outputs of a known kind: the plan has sample rules to change"]
            : found.map { "\($0.kind.name): \($0.files.count.counted("file")) in \($0.directory)" }
    }

    /// Makes files like the built-in ones: its layout and policy, and a plan for the layout's artifacts.
    ///
    /// - Parameter directory: The directory for the files, relative to the project.
    public init(likeBuiltIn directory: String) {
        let term = Layout.builtIn.roles[Layout.Role.artifacts.name] ?? ""
        let text = ScaffoldText(name: Layout.builtIn.name, outputs: [], directory: directory)
        let lines: (String) -> String = { text in
            // The schemas are beside the original, not beside this copy.
            text.split(separator: "\n", omittingEmptySubsequences: false).drop {
                $0.hasPrefix("# yaml-language-server")
            }
            .joined(separator: "\n")
        }
        files = [
            File(path: "\(directory)/layout.yaml", text: lines(String(decoding: Layout.builtInText, as: UTF8.self))),
            File(
                path: "\(directory)/buckets.yaml",
                text: lines(String(decoding: BucketPolicy.builtInText, as: UTF8.self))),
            File(path: "\(directory)/plan.yaml", text: ScaffoldText.planOfArtifacts(Layout.builtIn.name, term)),
            File(path: ".github/workflows/publish.yml", text: text.workflow),
        ]
        findings = ["like \(Layout.builtIn.name)"]
    }

    /// What is wrong with the files: nothing, unless names in the tree cannot be written in a plan.
    public var problems: [Diagnostic] {
        var problems: [Diagnostic] = []
        var layout = Layout.builtIn
        for file in files where !file.path.hasPrefix(".github/") {
            let bytes = Array(file.text.utf8)
            if FileCheck.kind(of: bytes) == .layout, let own = Layout.checked(bytes, file: file.path).layout {
                layout = own
            }
            problems += FileCheck.diagnostics(bytes, file: file.path, layout: layout).filter { $0.severity == .error }
        }
        return problems
    }
}
