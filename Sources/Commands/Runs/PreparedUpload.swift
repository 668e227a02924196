import LocalFiles
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// Plans that were read, checked and planned for one run.
struct PreparedUpload {
    var plans: [BoundPlan]
    var upload: PlannedUpload
    var inventory: Inventory
    var run: ResolvedRun
    var sources: [String: SourceText]
    /// The SHA-256 of each plan's file, by the name that it was given by.
    var digests: [String: String]
    /// What was told about the plans, though they can be carried out.
    var warnings: [Diagnostic]
}

extension PreparedUpload {
    /// Goes from files to operations; what is wrong is told to the user with all of it at once.
    ///
    /// - Parameters:
    ///   - command: Names the plans, the run and the values of parameters.
    ///   - isLocal: Whether the outputs go to a directory.
    ///   - outputDirectory: The directory, where one was named.
    ///   - listing: A recorded listing, which stands in for the disk.
    ///   - isDryRun: Whether nothing is uploaded: then not all files of a large tree are searched for credentials.
    ///   - context: The process as the command knows it.
    /// - Throws: ``WrongInput``.
    init(
        of command: some PlanningCommand, isLocal: Bool, outputDirectory: String? = nil, listing: TreeListing? = nil,
        isDryRun: Bool, context: Context
    ) async throws {
        let inputs = ParameterInputs(settings: command.options.settings.values, environment: context.environment)
        try await self.init(
            command.options.plans, of: command, inputs, context, isLocal: isLocal, needsBucket: outputDirectory == nil,
            outputDirectory: outputDirectory, listing: listing, searchedFiles: isDryRun ? Self.dryRunSearchLimit : .max)
    }

    /// To open more files would take longer than all the rest of planning.
    private static let dryRunSearchLimit = 20_000

    /// Goes from files to operations, as ``init(of:isLocal:outputDirectory:listing:isDryRun:context:)`` does.
    ///
    /// The first `searchedFiles` files are searched for credentials, if there is no listing that stands in for the disk.
    init(
        _ paths: [String], of command: some RunCommand, _ inputs: ParameterInputs, _ context: Context, isLocal: Bool,
        needsBucket: Bool, outputDirectory: String? = nil, listing: TreeListing?, refusesUnknownSettings: Bool = true,
        searchedFiles: Int = .max
    ) async throws {
        let files = await PlanFiles(paths, context)
        sources = files.sources
        digests = Dictionary(files.contents.map { ($0.file, $0.bytes.sha256) }) { first, _ in first }
        var problems = files.unreadable + Self.repeated(paths)
        let request: RunRequest
        do throws(PlanRejected) {
            request = try await command.request(plans: files.places, context)
            sources.merge(request.places.sources) { $1 }
        } catch {
            throw WrongInput.diagnostics(problems + error.diagnostics, sources: sources.merging(error.sources) { $1 })
        }
        let validated = files.validated(&problems, layout: request.places.layout)
        context.secrets.add(validated, inputs)
        if validated.count == paths.count, refusesUnknownSettings {
            problems += validated.unknownSettings(inputs.settings)
        }
        do {
            run = try await ResolvedRun(request, isLocal: isLocal, needsBucket: needsBucket, context: context)
        } catch {
            throw WrongInput.diagnostics(problems + [error], sources: sources)
        }
        plans = []
        var inputs = inputs
        inputs.repository = run.repository.description
        inputs.releaseType = run.releaseType
        var treeRequest = InventoryRequest()
        for plan in validated { treeRequest.formUnion(plan.treeRequest(root: run.root, inputs: inputs)) }
        let tree = Self.look(treeRequest, listing)
        for plan in validated {
            do {
                plans.append(try plan.bound(to: run.root, inputs: inputs, tree: tree))
            } catch {
                problems += error.diagnostics
            }
        }
        guard !problems.contains(where: { $0.severity == .error }) else {
            throw WrongInput.diagnostics(problems, sources: sources)
        }
        do throws(PlanRejected) {
            let ignoresCase = outputDirectory.map(LocalDirectoryBackend.ignoresCase) ?? false
            let request = plans.inventoryRequest
            inventory = Self.look(request, listing, known: tree)
            let draft = try plans.drafted(with: inventory)
            let fileCount = draft.fileCount
            let isSearched = listing == nil && searchedFiles > 0
            let secrets = isSearched ? await SecretScan.secrets(in: draft.files.prefix(searchedFiles)) : [:]
            let planned = try draft.planned(secrets: secrets, ignoresCase: ignoresCase)
            if isSearched, fileCount > searchedFiles {
                context.output.notice(
                    "note: \(searchedFiles) of \(fileCount) files were searched for credentials; `apply` searches all.\n"
                )
            }
            upload = planned.upload
            warnings = problems + planned.warnings
            context.output.diagnostics(warnings, sources: sources)
        } catch {
            throw WrongInput.diagnostics(problems + error.diagnostics, sources: sources)
        }
    }

    /// Looks at the disk, or at the listing that stands in for it; what was looked at before is not looked at again.
    static func look(
        _ request: InventoryRequest, _ listing: TreeListing?, known: Inventory = Inventory()
    ) -> Inventory {
        var rest = request
        rest.directories.subtract(known.directories.keys)
        guard !rest.directories.isEmpty || !rest.paths.isEmpty || !known.directories.isEmpty else {
            return listing?.inventory(answering: rest) ?? Inventory()
        }
        var inventory = listing?.inventory(answering: rest) ?? DiskInventory.take(rest)
        for (directory, entries) in known.directories where request.directories.contains(directory) {
            inventory.directories[directory] = entries
        }
        return inventory
    }

    /// One problem for each plan that is named more than once: without it, every file would collide with itself.
    private static func repeated(_ paths: [String]) -> [Diagnostic] {
        var counts: [String: Int] = [:]
        return paths.compactMap { path in
            let name = path == "-" || path.hasPrefix("git:") ? path : path.resolvedPath
            counts[name, default: 0] += 1
            guard counts[name] == 2 else { return nil }
            var problem = Diagnostic(
                severity: .error, code: .repeatedEntry, message: "the plan '\(path)' is given twice")
            problem.help.append("name each plan once")
            return problem
        }
    }
}

/// Plan files and their texts.
struct PlanFiles {
    var contents: [(file: String, bytes: [UInt8])] = []
    var sources: [String: SourceText] = [:]
    var unreadable: [Diagnostic] = []

    init(_ paths: [String], _ context: Context) async {
        for path in paths {
            do {
                let bytes = try await context.readPlanFile(path)
                contents.append((path, bytes))
                sources[path] = SourceText(String(decoding: bytes, as: UTF8.self))
            } catch {
                unreadable.append(
                    Diagnostic(severity: .error, code: .unreadableFile, message: "\(error)", file: "", range: nil))
            }
        }
    }

    /// What the plans say about where outputs go besides their rules.
    var places: [PlanPlaces] { contents.map { PlanPlaces($0.bytes, file: $0.file) } }

    /// The plans that pass their checks; the problems of all of them are added.
    func validated(_ problems: inout [Diagnostic], layout: Layout) -> [ValidatedPlan] {
        var plans: [ValidatedPlan] = []
        for (file, bytes) in contents {
            do {
                let plan = try ValidatedPlan.read(bytes, file: file, layout: layout)
                problems += plan.warnings
                plans.append(plan)
            } catch {
                problems += error.diagnostics
            }
        }
        return plans
    }
}
