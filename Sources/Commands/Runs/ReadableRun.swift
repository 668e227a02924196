import RunOutputs
import UploadExecution
import UploadPlanning

/// A run whose outputs are read, and the store that holds them.
struct ReadableRun {
    var run: ResolvedRun
    var storage: Storage

    /// What a run's outputs are read through.
    var backend: any ArtifactBackend { storage.artifacts }
    /// Where the run's outputs live.
    var root: RunOutputRoot { run.root }

    /// Finds out which run it is and where its outputs are; what is wrong is told to the user.
    ///
    /// - Parameters:
    ///   - runOptions: The flags about the run.
    ///   - readOptions: What to read from.
    ///   - transferOptions: How objects are transferred.
    ///   - environment: The environment.
    /// - Throws: ``AlreadyReported`` with exit code 2.
    init(
        _ runOptions: RunOptions, _ readOptions: ReadOptions, _ transferOptions: TransferOptions,
        environment: [String: String]
    ) async throws {
        do {
            let isLocal = readOptions.directory(environment) != nil
            run = try await ResolvedRun(runOptions.request, isLocal: isLocal, readsBack: true, environment: environment)
            storage = try Storage(readOptions, transferOptions, for: run.selection, environment: environment)
        } catch let error as Diagnostic {
            Output.diagnostics([error], sources: [:], environment: environment)
            throw AlreadyReported(exitCode: ToolExit.wrongInput)
        } catch {
            Output.notice("error: \(error)\n")
            throw AlreadyReported(exitCode: ToolExit.wrongInput)
        }
    }

    /// Where the outputs are, as people recognise it.
    var place: String {
        switch storage {
        case .directory(let backend): "\(backend.displayName)/\(root.prefix)"
        case .s3: "s3://\(root.bucket)/\(root.prefix)"
        }
    }
}
