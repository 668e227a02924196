import FoundationEssentials
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// Plans that were read, checked and planned for one run.
struct PreparedUpload {
    var plans: [BoundPlan]
    var upload: PlannedUpload
    var run: ResolvedRun
    var sources: [String: SourceText]
}

extension PreparedUpload {
    /// Goes from files to operations; what is wrong is told to the user with all of it at once.
    ///
    /// - Throws: ``AlreadyReported`` with exit code 2.
    init(_ options: PlanOptions, isLocal: Bool, environment: [String: String]) async throws {
        let files = PlanFiles(options.plans)
        sources = files.sources
        var problems = files.unreadable
        let validated = files.validated(&problems)
        if validated.count == options.plans.count {
            problems += validated.unknownSettings(options.settings.values)
        }
        do {
            run = try await ResolvedRun(options.run, isLocal: isLocal, environment: environment)
        } catch {
            throw Self.rejected(problems + [error], sources, environment)
        }
        sources.merge(run.sources) { $1 }
        let inputs = ParameterInputs(settings: options.settings.values, environment: environment)
        plans = []
        for plan in validated {
            do {
                plans.append(try plan.bound(to: run.root, inputs: inputs))
            } catch {
                problems += error.diagnostics
            }
        }
        guard !problems.contains(where: { $0.severity == .error }) else {
            throw Self.rejected(problems, sources, environment)
        }
        do throws(PlanRejected) {
            let planned = try plans.planned(with: DiskInventory.take(plans.inventoryRequest))
            upload = planned.upload
            Output.diagnostics(problems + planned.warnings, sources: sources, environment: environment)
        } catch {
            throw Self.rejected(problems + error.diagnostics, sources, environment)
        }
    }

    private static func rejected(
        _ problems: [Diagnostic], _ sources: [String: SourceText], _ environment: [String: String]
    ) -> AlreadyReported {
        Output.diagnostics(problems, sources: sources, environment: environment)
        return AlreadyReported(exitCode: ToolExit.wrongInput)
    }
}

/// Plan files and their texts.
struct PlanFiles {
    var contents: [(file: String, bytes: [UInt8])] = []
    var sources: [String: SourceText] = [:]
    var unreadable: [Diagnostic] = []

    init(_ paths: [String]) {
        for path in paths {
            do {
                let bytes = try readSmallFile(path)
                contents.append((path, bytes))
                sources[path] = SourceText(String(decoding: bytes, as: UTF8.self))
            } catch {
                unreadable.append(
                    Diagnostic(severity: .error, code: .unreadableFile, message: "\(error)", file: "", range: nil))
            }
        }
    }

    /// The plans that pass their checks; the problems of all of them are added.
    func validated(_ problems: inout [Diagnostic]) -> [ValidatedPlan] {
        var plans: [ValidatedPlan] = []
        for (file, bytes) in contents {
            do {
                let plan = try ValidatedPlan.read(bytes, file: file)
                problems += plan.warnings
                plans.append(plan)
            } catch {
                problems += error.diagnostics
            }
        }
        return plans
    }
}
