import RunOutputs
import SystemPackage

/// What is done with archives that were fetched.
public enum FetchMode: Hashable, Sendable {
    /// They are kept as they are.
    case archives
    /// Each is extracted into a directory of its own, with the name of the artifact.
    case directories
    /// All are extracted into one tree, without the directories that the artifacts' manifests name.
    case flattened
    /// All are extracted into a build tree, where each directory that a manifest names takes the place of what is there
    /// and has a file `{directory}.prebuilt` beside it, by which the build knows that it need not make it.
    case bootstrapped
}

/// What became of one artifact.
public struct FetchedArtifact: Equatable, Sendable {
    /// What became of it.
    public enum Outcome: String, Hashable, Sendable {
        case downloaded
        /// The archive was there already, with the same content.
        case present
        /// It was not downloaded, or is damaged, or cannot be extracted.
        case failed
        /// The run was cancelled before it was done.
        case interrupted
    }

    public var artifact: SelectedArtifact
    /// What became of it.
    public var outcome: Outcome
    /// What it was verified by; `nil` if it failed.
    public var evidence: DownloadReceipt.Evidence?
    /// The SHA-256 of the archive in lower-case hexadecimal, where it was computed.
    public var sha256: String?
    /// How many bytes of an interrupted download were used.
    public var resumedByteCount: Int64 = 0
    /// How many bytes of content were extracted.
    public var extractedByteCount: Int64 = 0
    /// The links of the archive that were left out.
    public var skippedLinks: [SkippedLink] = []
    /// Why it failed.
    public var error: StoreError?

    public init(_ artifact: SelectedArtifact, _ outcome: Outcome, error: StoreError? = nil) {
        self.artifact = artifact
        self.outcome = outcome
        self.error = error
    }
}

/// What became of a fetch.
public struct FetchReport: Equatable, Sendable {
    /// The artifacts in the order of their names.
    public var artifacts: [FetchedArtifact]
    /// Why not everything was put in place although no artifact failed: the output directory cannot be used.
    public var placementError: StoreError?
    /// Whether a part is in place, of this fetch or an earlier one, which the next fetch will complete.
    public var isHalfPlaced = false
    /// How many files two artifacts hold with equal contents.
    public var equalFiles = 0
    /// How long it took.
    public var duration: Duration

    /// Whether everything that was asked for is in place.
    public var isComplete: Bool {
        placementError == nil && artifacts.allSatisfy { $0.outcome == .downloaded || $0.outcome == .present }
    }

    /// Whether the fetch was cancelled.
    public var isInterrupted: Bool {
        placementError == nil && artifacts.contains { $0.outcome == .interrupted }
    }
}

/// Something that happens while artifacts are fetched; artifacts are told by their index.
public enum FetchEvent: Equatable, Sendable {
    /// This many more bytes of an archive have arrived.
    case progressed(Int, byteCount: Int64)
    /// An archive is there and verified, or was not to be had.
    case downloaded(Int, FetchedArtifact)
    /// An archive was extracted, beside its place for now, or could not be.
    case extracted(Int, FetchedArtifact)
}
