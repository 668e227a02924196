import RunOutputs
import Synchronization
import UploadExecution
import UploadPlanning

/// Shows on standard error how far a fetch is.
final class FetchDisplay: Sendable {
    private let artifacts: [SelectedArtifact]
    private let mode: ProgressMode
    private let output: Output
    private let totalBytes: Int64
    private let state: Mutex<State>

    private struct State {
        var downloaded = 0
        var extracted = 0
        var line: ProgressLine
        var toldErrors = ToldErrors()
    }

    init(_ artifacts: [SelectedArtifact], mode: ProgressMode, context: Context) {
        self.artifacts = artifacts
        self.mode = mode.resolved(in: context)
        output = context.output
        totalBytes = artifacts.reduce(0) { $0 + $1.object.size }
        state = Mutex(State(line: ProgressLine(now: context.now)))
    }

    /// Takes note of an event, and shows it.
    func show(_ event: FetchEvent) {
        switch mode {
        case .none: break
        case .plain: plain(event)
        case .json: json(event)
        case .auto: terminal(event)
        }
    }

    /// Removes the changing line from the terminal.
    func finish() { if mode == .auto { output.notice(ProgressLine.removal) } }

    private func plain(_ event: FetchEvent) {
        guard let (word, fetched) = Self.ending(event) else { return }
        let padding = String(repeating: " ", count: max(1, 12 - word.count))
        let told = fetched.error.map { error in state.withLock { $0.toldErrors.text(of: error) } }
        let error = told ?? "  \(fetched.artifact.object.size.byteText)"
        output.notice("\(word)\(padding)\(fetched.artifact.name.filename.printable)\(error)\n")
    }

    private func json(_ event: FetchEvent) {
        guard let (word, fetched) = Self.ending(event) else { return }
        var members: [(name: String, value: JSONValue)] = [
            ("event", .string(word)), ("key", .string(fetched.artifact.object.location.key.text)),
            ("size", .integer(fetched.artifact.object.size)),
            ("sha256", fetched.sha256.map { .string($0) } ?? .null),
            ("verified_by", fetched.evidence.map { .string($0.rawValue) } ?? .null),
        ]
        if let error = fetched.error { members.append(("error", .string("\(error)"))) }
        output.notice(JSONValue.object(members).text + "\n")
    }

    private static func ending(_ event: FetchEvent) -> (word: String, FetchedArtifact)? {
        switch event {
        case .progressed: nil
        case .downloaded(_, let fetched): (fetched.outcome.rawValue, fetched)
        case .extracted(_, let fetched): (fetched.error == nil ? "extracted" : "failed", fetched)
        }
    }

    private func terminal(_ event: FetchEvent) {
        let text = state.withLock { state in
            switch event {
            case .progressed(_, let byteCount): state.line.bytes += byteCount
            case .downloaded(_, let fetched):
                if fetched.error == nil { state.downloaded += 1 } else { state.line.failed += 1 }
            case .extracted(_, let fetched):
                if fetched.error == nil { state.extracted += 1 } else { state.line.failed += 1 }
            }
            let (downloaded, extracted) = (state.downloaded, state.extracted)
            return state.line.update(totalBytes: totalBytes) {
                "\(downloaded)/\(artifacts.count) downloaded · \(extracted) extracted"
            }
        }
        if let text { output.notice(text) }
    }
}

/// What became of a fetch, in words.
struct FetchText {
    private let report: FetchReport
    private let outputDirectory: String
    private let mode: FetchMode

    init(_ report: FetchReport, outputDirectory: String, mode: FetchMode) {
        self.report = report
        self.outputDirectory = outputDirectory
        self.mode = mode
    }

    /// The failures, and the numbers.
    func render() -> String {
        var failures = FailureGroups()
        for fetched in report.artifacts {
            if let error = fetched.error { failures.add(error, of: fetched.artifact.name.filename) }
        }
        var text = failures.render() + skippedLinks + equalFiles
        let unverified = report.artifacts.filter { $0.evidence == .size }.count
        if unverified > 0 {
            text += "note: of \(unverified.counted("artifact")) no checksum is kept: only the size was compared\n"
        }
        if let error = report.placementError { text += "error: \(error.description.printable)\n" }
        return text + totals
    }

    /// How many links of one artifact are named.
    private static let shownLinks = 10

    private var equalFiles: String {
        guard report.equalFiles > 0 else { return "" }
        return "note: two artifacts hold \(report.equalFiles.counted("file")) with equal contents\n"
    }

    private var skippedLinks: String {
        var text = ""
        for fetched in report.artifacts where fetched.error == nil && !fetched.skippedLinks.isEmpty {
            let links = fetched.skippedLinks
            text +=
                "note: \(fetched.artifact.name.filename.printable): left out \(links.count.counted("link")) that "
                + "would lead out of its directory\n"
            for link in links.prefix(Self.shownLinks) {
                text += "    \(link.path.printable) -> \(link.target.printable)\n"
            }
            if links.count > Self.shownLinks { text += "    … and \(links.count - Self.shownLinks) more\n" }
        }
        return text
    }

    private var totals: String {
        func count(_ outcome: FetchedArtifact.Outcome) -> Int {
            report.artifacts.filter { $0.outcome == outcome }.count
        }
        let words = [
            (count(.downloaded), "downloaded"), (count(.present), "present"), (count(.failed), "failed"),
            (count(.interrupted), report.placementError == nil ? "interrupted" : "not started"),
        ]
        let numbers = words.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " · ")
        let extracted = report.artifacts.reduce(0) { $0 + $1.extractedByteCount }
        let place =
            if report.isHalfPlaced {
                "A PART is in place in \(outputDirectory); the next fetch into it puts the rest in place"
            } else if !report.isComplete {
                "nothing was put in place; what is good waits in \(outputDirectory) for the next fetch"
            } else if mode == .archives {
                "kept in \(outputDirectory)"
            } else {
                "\(extracted.byteText) extracted into \(outputDirectory)"
            }
        return "Fetched: \(numbers); \(place).\n"
    }
}
