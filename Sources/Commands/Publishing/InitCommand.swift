import ArgumentParser
import LocalFiles
import RunOutputs
import UploadExecution
import UploadPlanning

/// `init`: writes the first files of a project.
struct InitCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a layout, a bucket policy, a plan with tests and a workflow for this project.",
        discussion: """
            Looks at what a build has left behind, and asks nothing; what a person must decide is marked DECIDE in the \
            files. Nothing that exists is overwritten. All files that are written pass `validate`.

            Exit codes: 0 written, 2 a file exists already or the listing cannot be read.
            """)

    /// What to start from, besides the tree.
    enum Like: String, ExpressibleByArgument, CaseIterable {
        case therock
    }

    @Option(help: ArgumentHelp("The project.", valueName: "dir"))
    var project = "."

    @Option(help: ArgumentHelp("The directory of the files, below the project.", valueName: "dir"))
    var directory = "publish"

    @Option(
        help: ArgumentHelp("Look at a recorded listing instead of the disk, as --files-from does.", valueName: "file"))
    var fromListing: String?

    @Option(help: ArgumentHelp("Write the layout and the policy of this project.", valueName: "therock"))
    var like: Like?

    @Option(help: "What the project is called. (default: the name of its directory)")
    var name: String?

    func validate() throws {
        if let name, !name.isProjectName {
            throw ValidationError("--name takes letters, digits, '-' and '_', and begins with a letter or a digit")
        }
        if directory.isEmpty || directory.hasPrefix("/") || directory.split(separator: "/").contains("..") {
            throw ValidationError("--directory names a directory below the project")
        }
    }

    func run(in context: Context) throws {
        let scaffold =
            like == .therock
            ? ProjectScaffold(likeBuiltIn: directory)
            : ProjectScaffold(name: projectName, paths: try paths(context), directory: directory)
        guard scaffold.problems.isEmpty else { throw WrongInput.diagnostics(scaffold.problems) }
        try write(scaffold, context)
    }

    private var projectName: String {
        let last = project.resolvedPath.split(separator: "/").last.map(String.init) ?? "project"
        return name ?? last.projectName
    }

    private func paths(_ context: Context) throws -> [String] {
        if fromListing != nil {
            var options = ListingOptions()
            options.filesFrom = fromListing
            return try options.read(context)?.entries.filter { $0.kind == .file }.map(\.path.text) ?? []
        }
        let request = InventoryRequest.Directory(path: ExactString(project))
        let inventory = DiskInventory.take(InventoryRequest(directories: [request]))
        guard case .listed(let entries, _)? = inventory.directories[request] else {
            throw WrongInput.message("'\(project.printable)' is not a directory")
        }
        return entries.filter { $0.kind == .file && $0.nameIsUTF8 }.map(\.path.text)
    }

    private func write(_ scaffold: ProjectScaffold, _ context: Context) throws {
        let places = scaffold.files.map { (file: $0, path: project == "." ? $0.path : "\(project)/\($0.path)") }
        let existing = places.filter { LocalPath.exists($0.path) }
        guard existing.isEmpty else {
            for (_, path) in existing { context.output.notice("error: '\(path.printable)' exists already\n") }
            context.output.notice("  = help: nothing was written; move these files away, or name another --directory\n")
            throw ToolExit.wrongInput
        }
        for finding in scaffold.findings { context.output.text("  \(finding.printable)\n") }
        for (file, path) in places {
            let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            guard LocalPath.makeDirectory(parent) else {
                throw WrongInput.message("'\(parent.printable)' cannot be made")
            }
            try context.writeFile(file.text, to: path)
            context.output.text("wrote \(path.printable)\n")
        }
        context.output.text(
            """

            Next: decide what is marked DECIDE, then
              therock-upload validate \(directory)/*.yaml
              therock-upload plan \(directory)/plan.yaml --explain

            """)
    }
}

extension String {
    fileprivate var isProjectName: Bool { !isEmpty && self == projectName }

    /// The text with everything replaced that a plan's name may not hold.
    fileprivate var projectName: String {
        let name = String(
            unicodeScalars.map { scalar in
                let isLegal =
                    scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-"
                        || scalar == "_")
                return Character(isLegal ? scalar : "-")
            })
        let trimmed = name.drop { $0 == "-" || $0 == "_" }
        return trimmed.isEmpty ? "project" : String(trimmed)
    }
}
