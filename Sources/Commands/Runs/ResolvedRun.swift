import GitHubActions
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// The run that a command is for, and where its outputs live.
struct ResolvedRun {
    var root: RunOutputRoot
    var selection: BucketSelection
    /// The repository and the release type, as far as plans may use them.
    var repository: RepositoryName
    var releaseType: String
    /// The SHA-256 of the bucket policy's file; `nil` if a bucket was named instead.
    var policyDigest: String?
    /// Files that diagnostics may point into.
    var sources: [String: SourceText] = [:]

    /// Finds out which run it is and which bucket it belongs to.
    ///
    /// - Parameters:
    ///   - request: What the flags ask for.
    ///   - isLocal: Whether nothing goes to a store, or nothing at all: then a run without an id is the run `local`.
    ///   - readsBack: Whether the outputs are to be read, and not written.
    ///   - environment: The environment.
    /// - Throws: A ``Diagnostic`` for the first thing that is missing or wrong.
    init(
        _ request: RunRequest, isLocal: Bool, readsBack: Bool = false, environment: [String: String]
    ) async throws(Diagnostic) {
        var flags = request.flags
        let environment = request.isOwnRun ? environment : environment.filter { !Self.evidence.contains($0.key) }
        let variables = readsBack ? ["THEROCK_RUN_ID", "GITHUB_RUN_ID"] : ["GITHUB_RUN_ID"]
        let isUnknown = flags.runID == nil && variables.allSatisfy { (environment[$0] ?? "").isEmpty }
        if isLocal, isUnknown { flags.runID = "local" }
        do {
            var context = try RunContext(
                flags: flags, environment: environment, machine: .current, event: .ofEvent(in: environment),
                readsBack: readsBack)
            if request.isLookedUp {
                let run = try await WorkflowRun.lookUp(
                    context.runID.value, in: context.repository.value, environment: environment)
                context = context.lookedUp(run)
            }
            if let bucket = request.bucket {
                selection = try .named(bucket, by: .flag(request.bucketFlag))
            } else {
                let bytes = try Self.policyBytes(request.policyFile, sources: &sources)
                selection = try BucketPolicy.read(bytes, file: request.policyFile ?? BucketPolicy.builtInFile)
                    .select(for: context)
                policyDigest = bytes.sha256
            }
            root = RunOutputRoot(of: context, in: selection)
            repository = context.repository.value
            releaseType = context.releaseType.value
        } catch let error as Diagnostic {
            throw error
        } catch let error as PlanRejected {
            throw error.diagnostics[0]
        } catch {
            let code: DiagnosticCode = error is BucketSelectionError ? .bucketPolicy : .runContext
            throw Diagnostic(severity: .error, code: code, message: "\(error)", file: "", range: nil)
        }
    }

    /// The variables that tell whether this job builds a fork's code.
    private static let evidence: Set = ["IS_PR_FROM_FORK", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"]

    /// Reads the bucket policy that the flags name.
    ///
    /// - Parameters:
    ///   - file: The policy's file; `nil` for the built-in policy.
    ///   - sources: Takes the file's text.
    /// - Returns: The policy.
    /// - Throws: ``UnreadableFile`` or ``PlanRejected``.
    static func policy(_ file: String?, sources: inout [String: SourceText]) throws -> BucketPolicy {
        guard let file else { return .builtIn }
        return try BucketPolicy.read(policyBytes(file, sources: &sources), file: file)
    }

    private static func policyBytes(
        _ file: String?, sources: inout [String: SourceText]
    ) throws(UnreadableFile) -> [UInt8] {
        guard let file else { return BucketPolicy.builtInText }
        let bytes = try readSmallFile(file)
        sources[file] = SourceText(String(decoding: bytes, as: UTF8.self))
        return bytes
    }
}

extension ResolvedRun {
    /// Which run it is, where its outputs go, and why there.
    var heading: String {
        "run \(root.runID) on \(root.platform.rawValue)  →  s3://\(root.bucket)/\(root.prefix)\n"
            + "\(chosenBy)\n"
    }

    /// What chose the bucket.
    var chosenBy: String { "bucket chosen by \(selection.explanation)" }
}
