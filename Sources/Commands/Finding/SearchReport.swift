import ArgumentParser
import GitHubActions
import RunOutputs
import UploadExecution
import UploadPlanning

/// What a search for a run brought to light.
struct SearchReport: Sendable {
    /// The run that was looked for.
    struct FoundRun: Sendable {
        var run: ListedWorkflowRun
        var place: RunPlaces.Place
        /// Where its outputs are, as people recognise it.
        var outputs: String
        /// The artifacts; none where only completeness was asked for.
        var artifacts: [ArtifactName]
        /// What `finish` says of the run, where that was asked for.
        var record: RecordedRun?
    }

    /// A run, or a commit without one, that is not what was looked for.
    struct Rejection: Sendable {
        var commit: String
        var run: ListedWorkflowRun?
        var reason: String

        /// The rejection in one line.
        var line: String {
            let subject = run.map { "run \($0.id) of \($0.createdAt), commit" } ?? "commit"
            return "\(subject) \(commit.prefix(12).description.printable): \(reason)"
        }
    }

    var found: FoundRun?
    var rejections: [Rejection] = []
    /// Why the search could not be ended.
    var obstacle: String?

    /// 0 found, 1 none, 2 could not tell.
    var exitCode: ExitCode {
        guard obstacle == nil else { return ToolExit.wrongInput }
        return found == nil ? ToolExit.someFailed : .success
    }

    /// The run for people.
    ///
    /// - Parameter pages: The URL below which the repository's runs have their pages.
    /// - Returns: Lines; nothing if nothing was found.
    func text(pages: String) -> String {
        guard let found else { return "" }
        let run = found.run
        let facts = [run.branch, run.event, run.conclusion ?? run.status, run.createdAt.text].compactMap(\.self)
        let contents = [
            found.record.map { "complete, \($0.totals.objects.counted("object")), \($0.totals.bytes.byteText)" },
            found.record == nil || !found.artifacts.isEmpty ? found.artifacts.count.counted("artifact") : nil,
        ]
        return """
            run \(run.id): \(contents.compactMap(\.self).joined(separator: ", "))
              outputs  \(found.outputs)
              commit   \(run.commit.printable) (\(facts.map(\.printable).joined(separator: ", ")))
              page     \(pages)/\(run.id)
              bucket   chosen by \(found.place.selection.explanation)

            """
    }

    /// The whole report for programs.
    ///
    /// - Parameter pages: The URL below which the repository's runs have their pages.
    /// - Returns: A JSON document.
    func json(pages: String) -> String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/find/v1"))
        document.add("outcome", .string(obstacle != nil ? "undecided" : found == nil ? "none" : "found"))
        document.add("run", found.map { json($0, pages) } ?? .null)
        document.add("rejected", rejections) { rejection in
            .object([
                ("commit", .string(rejection.commit)), ("run_id", JSONValue(rejection.run?.id)),
                ("reason", .string(rejection.reason)),
            ])
        }
        document.add("error", JSONValue(obstacle))
        return document.finished
    }

    private func json(_ found: FoundRun, _ pages: String) -> JSONValue {
        let (run, place) = (found.run, found.place)
        let completeness = found.record.map { [(name: "complete", value: JSONValue.flag($0.isComplete))] } ?? []
        return .object(
            [
                ("id", .string(run.id)), ("url", .string("\(pages)/\(run.id)")), ("commit", .string(run.commit)),
                ("branch", JSONValue(run.branch)), ("event", JSONValue(run.event)), ("status", JSONValue(run.status)),
                ("conclusion", JSONValue(run.conclusion)), ("created_at", .string(run.createdAt.text)),
                ("updated_at", JSONValue(run.facts.updatedAt?.text)),
                ("head_repository", JSONValue(run.facts.headRepository)), ("bucket", .string(place.root.bucket)),
                ("prefix", .string(place.root.prefix)), ("outputs", .string(found.outputs)),
                ("chosen_by", .string(place.selection.explanation)),
                ("artifacts", .array(found.artifacts.map { .string($0.filename) })),
            ] + completeness)
    }
}

extension JSONValue {
    fileprivate init(_ text: String?) { self = text.map { .string($0) } ?? .null }
}
