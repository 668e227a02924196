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
        /// The run's id.
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
        /// The tool's version.
        public var toolVersion: String
        /// The commit that the tool was built from, where it is known.
        public var toolCommit: String?

        /// Names the tool.
        public init(toolVersion: String, toolCommit: String?) {
            self.toolVersion = toolVersion
            self.toolCommit = toolCommit
        }

        /// Whether both are written alike.
        public static func == (lhs: Inputs, rhs: Inputs) -> Bool { lhs.json == rhs.json }

        /// Hashes what is written.
        public func hash(into hasher: inout Hasher) { hasher.combine(json) }
    }

    /// The version of the format that is written.
    public static let format = "therock-upload/receipt/v1"

    /// Which receipt it is.
    public var name: ReceiptName
    /// Where the run's outputs live.
    public var root: RunOutputRoot
    /// The run.
    public var run: Run
    /// What the upload was made with.
    public var inputs: Inputs
    /// What became of it.
    public var content: Content

    /// What a receipt is of.
    public enum Content: Sendable {
        /// An upload.
        case upload(UploadReport)
        /// Copies inside the store.
        case copies(CopyRecord)
    }

    /// Joins what a receipt holds.
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
