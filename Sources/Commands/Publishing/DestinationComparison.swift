import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// What is at the destinations of a plan, compared with what would be uploaded there.
struct DestinationComparison {
    /// What was found at one destination.
    enum Finding {
        case new, identical
        case different(String)
        /// It differs, and the rule leaves it alone.
        case kept(String)
        case conflict(String)
        case unknown(String)
    }

    /// The findings, in the order of the operations.
    private let findings: [Finding]
    private let upload: PlannedUpload

    /// Asks the store about every destination; what cannot be asked is unknown, never absent.
    init(_ upload: PlannedUpload, in backend: S3Backend, concurrency: Int) async {
        self.upload = upload
        findings = await upload.operations.boundedMap(limit: concurrency) { operation in
            await Self.finding(operation, upload, backend)
        }
    }

    /// Whether applying the plan would end in a conflict.
    var hasConflicts: Bool {
        findings.contains { if case .conflict = $0 { true } else { false } }
    }

    /// Whether applying the plan would store something, as far as the store could tell.
    var hasSomethingToDo: Bool {
        !findings.allSatisfy { finding in
            switch finding {
            case .identical, .kept: true
            case .new, .different, .conflict, .unknown: false
            }
        }
    }

    /// One line for each destination, and the numbers.
    func text(_ style: TextStyle) -> String {
        var counts: [String: Int] = [:]
        let lines = upload.operations.indices.map { index in
            let (symbol, word, detail) = Self.words(findings[index], style)
            counts[word, default: 0] += 1
            let key = upload.operations[index].destination.key.text.printable
            return "  \(symbol) \(key)\(detail.map { "  \(word): \($0.printable)" } ?? "  \(word)")\n"
        }
        let totals = ["new", "identical", "different", "conflict", "unknown"].compactMap { word in
            counts[word].map { "\($0) \(word)" }
        }
        return lines.joined() + "Compared: \(totals.joined(separator: " · ")).\n"
    }

    private static func words(_ finding: Finding, _ style: TextStyle) -> (String, String, String?) {
        switch finding {
        case .new: (style.paint("+", .green), "new", nil)
        case .identical: (style.paint("=", .faint), "identical", nil)
        case .different(let how), .kept(let how): (style.paint("~", .yellow), "different", how)
        case .conflict(let why): (style.paint("!", .red, .bold), "conflict", why)
        case .unknown(let why): (style.paint("?", .yellow), "unknown", why)
        }
    }

    private static func finding(
        _ operation: UploadOperation, _ upload: PlannedUpload, _ backend: S3Backend
    ) async -> Finding {
        guard case .file(let file) = operation.source else { return .unknown("it is made when the plan is applied") }
        let existing = upload.rules[operation.rule].existing
        let request = UploadRequest(
            body: .file(file), destination: operation.destination, contentType: operation.contentType,
            existing: existing)
        do {
            switch (try await backend.compare(request), existing) {
            case (.absent, _): return .new
            case (.identical, .fail): return .conflict("an object exists, and the rule says to fail then")
            case (.identical, _): return .identical
            case (.different(let how), .identical), (.different(let how), .fail): return .conflict(how)
            case (.different(let how), .keep): return .kept("\(how); the rule keeps it")
            case (.different(let how), .replace): return .different("\(how); it would be replaced")
            case (.undecided(let why), _): return .unknown(why)
            }
        } catch {
            return .unknown("\(error)")
        }
    }
}
