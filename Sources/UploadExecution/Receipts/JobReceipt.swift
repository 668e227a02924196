import LocalFiles
public import RunOutputs
import UploadPlanning

/// What one attempt of a job says it uploaded: its report, and what tells the run, the inputs and the tool.
///
/// It holds neither secrets nor the names of hosts nor absolute paths: messages of errors and the paths of sources,
/// which may, are left out.
public struct JobReceipt: Sendable {
    /// The run that a job belongs to, as GitHub Actions names its parts.
    public struct Run: Hashable, Sendable, Codable {
        /// `owner/name`.
        public var repository: String
        public var id: String
        /// The platform of the outputs.
        public var platform: String
        /// The job's id in the workflow.
        public var job: String?
        /// The commit that was built.
        public var commit: String?
        /// The branch or tag, for example `refs/heads/main`.
        public var ref: String?
        /// The event that started the run.
        public var event: String?

        /// Describes a run outside of a job.
        public init(repository: String, id: String, platform: String) {
            self.repository = repository
            self.id = id
            self.platform = platform
        }
    }

    /// What the upload was made with.
    public struct Inputs: Hashable, Sendable {
        /// The plans as they were named, and the SHA-256 of each.
        public var plans: [(name: String, sha256: String)] = []
        /// The SHA-256 of the bucket policy; `nil` if a bucket was named instead.
        public var policy: String?
        /// The SHA-256 of the vocabulary.
        public var layout: String?
        public var toolVersion: String
        /// The commit that the tool was built from, where it is known.
        public var toolCommit: String?

        public init(toolVersion: String, toolCommit: String?) {
            self.toolVersion = toolVersion
            self.toolCommit = toolCommit
        }

        /// Whether both are written alike.
        public static func == (lhs: Inputs, rhs: Inputs) -> Bool { lhs.json == rhs.json }

        public func hash(into hasher: inout Hasher) { hasher.combine(json) }
    }

    /// The version of the format that is written.
    public static let format = "therock-upload/receipt/v1"

    /// Which receipt it is.
    public var name: ReceiptName
    /// Where the run's outputs live.
    public var root: RunOutputRoot
    public var run: Run
    /// What the upload was made with.
    public var inputs: Inputs
    /// What became of it.
    public var content: Content

    /// What a receipt is of.
    public enum Content: Sendable {
        case upload(UploadReport)
        /// Copies inside the store.
        case copies(CopyRecord)
    }

    public init(name: ReceiptName, root: RunOutputRoot, run: Run, inputs: Inputs, content: Content) {
        self.name = name
        self.root = root
        self.run = run
        self.inputs = inputs
        self.content = content
    }
}

extension ReceiptName {
    /// Where the receipt may lie: as JSON, or compressed.
    ///
    /// - Parameter root: Where the run's outputs live.
    /// - Returns: The plain one first.
    /// - Throws: ``StoreError`` if the layout has no place for receipts.
    public func locations(in root: RunOutputRoot) throws(StoreError) -> [OutputLocation] {
        let directory = try root.receiptDirectory
        return filenames.map { directory.appending($0) }
    }
}

extension RunOutputRoot {
    /// Where `SHA256SUMS` lies.
    package var checksumList: OutputLocation { get throws(StoreError) { try place(of: .checksums) } }

    /// Where the receipts of the run's jobs lie.
    public var receiptDirectory: OutputLocation { get throws(StoreError) { try place(of: .receipts) } }

    private func place(of role: Layout.Role) throws(StoreError) -> OutputLocation {
        do {
            return try location(of: role)
        } catch {
            throw StoreError(
                .destination, "\(error)",
                hint: "name a term for it in the layout: `roles: {\(role.name): TERM}`")
        }
    }
}

extension JobReceipt {
    /// Writes the receipt (docs/receipt.md), an object to a line, without ever holding it as a whole.
    ///
    /// - Parameter write: Takes the next part of the text.
    /// - Throws: What `write` throws.
    func write(_ write: (String) throws -> Void) throws {
        var document = JSONDocument()
        document.add("format", .string(Self.format))
        document.add("name", .string(name.name))
        document.add("attempt", .integer(Int64(name.attempt)))
        document.add("run", run.json)
        document.add("tool", inputs.toolJSON)
        document.add("inputs", inputs.json)
        document.add("bucket", .string(root.bucket))
        document.add("prefix", .string(root.prefix))
        switch content {
        case .upload(let report):
            document.add("status", .string(report.status.rawValue))
            document.add("rules", report.rules.indices, report.receiptRule)
            let order = report.operations.indices.sorted {
                report.planned.operations[$0].destination.key < report.planned.operations[$1].destination.key
            }
            try document.add("objects", order, report.receiptObject, passingOn: write)
            document.add("totals", report.totalsJSON)
        case .copies(let record):
            document.add("status", .string(record.status.rawValue))
            document.add("rules", [record], \.rule)
            try document.add("objects", record.sortedObjects, \.json, passingOn: write)
            document.add("totals", record.totals)
        }
        try write(document.finished)
    }
}

extension UploadReport {
    fileprivate func receiptRule(_ index: Int) -> JSONValue {
        let rule = planned.rules[index]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(rule.plan.withoutDirectories)), ("rule", .string(rule.name)),
            ("outcome", .string(rules[index].word)), ("best_effort", .flag(rule.bestEffort)),
        ]
        if case .heldBack(let other) = rules[index] {
            members.append(("held_back_by", .string(planned.rules[other].name)))
        }
        if !rule.problems.isEmpty { members.append(("problems", .integer(Int64(rule.problems.count)))) }
        return .object(members)
    }

    fileprivate func receiptObject(_ index: Int) -> JSONValue {
        let operation = planned.operations[index]
        let result = operations[index]
        var members: [(name: String, value: JSONValue)] = [
            ("key", .string(operation.destination.key.text)), ("outcome", .string(result.outcome.rawValue)),
            ("size", (result.byteCount ?? operation.size).map { .integer($0) } ?? .null),
        ]
        if let sha256 = result.sha256 { members.append(("sha256", .string(sha256))) }
        if let etag = result.etag { members.append(("etag", .string(etag))) }
        if let crc32 = result.crc32 { members.append(("crc32", .string(crc32))) }
        if let version = result.versionID { members.append(("version_id", .string(version))) }
        members.append(("rule", .string(planned.rules[operation.rule].name)))
        members.append(("content_type", .string(operation.contentType)))
        if let error = result.error { members.append(("error", .string(error.code.rawValue))) }
        return .object(members)
    }
}

extension JobReceipt.Run {
    var json: JSONValue {
        let members = [
            ("repository", repository), ("id", id), ("platform", platform), ("job", job), ("commit", commit),
            ("ref", ref), ("event", event),
        ]
        return .object(members.compactMap { name, value in value.map { (name: name, value: .string($0)) } })
    }
}

extension JobReceipt.Inputs {
    var toolJSON: JSONValue {
        .object([("version", .string(toolVersion))] + (toolCommit.map { [("commit", .string($0))] } ?? []))
    }

    var json: JSONValue {
        .object([
            (
                "plans",
                .array(
                    plans.map { plan in
                        .object([
                            ("plan", .string(plan.name.withoutDirectories)), ("sha256", .string(plan.sha256)),
                        ])
                    })
            ),
            ("policy", policy.map { .string($0) } ?? .null), ("layout", layout.map { .string($0) } ?? .null),
        ])
    }
}

extension String {
    /// The file's name alone if the path is absolute: where a machine keeps its files is nobody's business.
    fileprivate var withoutDirectories: String {
        hasPrefix("/") ? split(separator: "/").last.map(String.init) ?? "" : self
    }
}

extension JobReceipt {
    /// From this size on a receipt is compressed.
    private static let largestPlain: Int64 = 1 << 20

    /// Writes the receipt to where the job's objects went, create-only.
    ///
    /// It is made in temporary files, however large it is.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - spoolDirectory: Where temporary files are made.
    ///   - secrets: What is taken out of it.
    /// - Returns: Where it lies.
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if another receipt of the name is there;
    ///   ``UnknownOutcome``; `CancellationError`.
    public func publish(
        to backend: any UploadBackend, spoolDirectory: String, secrets: KnownSecrets
    ) async throws -> OutputLocation {
        let plain = try SpoolFile(in: spoolDirectory)
        defer { plain.remove() }
        try fill(plain, secrets)
        var file = try plain.finished()
        var compressed: SpoolFile?
        defer { compressed?.remove() }
        if file.version.size > Self.largestPlain {
            let target = try SpoolFile(in: spoolDirectory)
            compressed = target
            try await Zstandard.compress(
                .open(path: plain.path, .readOnly), to: .open(path: target.path, .writeOnly))
            file = try target.finished()
        }
        let locations = try name.locations(in: root)
        let location = locations[compressed == nil ? 0 : 1]
        // `identical` and not `fail`: if the answer to our own write is lost, what is there is ours.
        let request = UploadRequest(
            body: .file(file), destination: location,
            contentType: compressed == nil ? "application/json" : "application/zstd",
            properties: ObjectProperties(of: root.properties(of: .receipts)), existing: .identical)
        _ = try await backend.upload(request) { _ in }
        return location
    }

    private func fill(_ spool: SpoolFile, _ secrets: KnownSecrets) throws(StoreError) {
        do {
            let file = try Descriptor.open(path: spool.path, .writeOnly)
            try write { text in try file.write(Array(secrets.redacted(text).utf8)) }
        } catch {
            throw StoreError(
                .other, "the receipt cannot be written to a temporary file: \(error)",
                hint: "set TMPDIR to a directory with more room")
        }
    }
}

extension ArtifactBackend {
    /// Whether a receipt of that name is there already.
    ///
    /// - Parameters:
    ///   - name: The receipt.
    ///   - root: Where the run's outputs live.
    /// - Returns: Whether one is there, plain or compressed.
    /// - Throws: ``StoreError`` if the store does not say; `CancellationError`.
    public func holds(_ name: ReceiptName, in root: RunOutputRoot) async throws -> Bool {
        for location in try name.locations(in: root) where try await head(location) != nil { return true }
        return false
    }
}
