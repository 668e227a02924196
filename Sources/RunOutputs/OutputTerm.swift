/// The vocabulary: every place where a run's outputs may live, by name.
///
/// This type is the one source of truth. Validation, the `vocabulary` command, the JSON Schema and the documentation
/// are derived from it.
public enum OutputTerm: String, CaseIterable, Hashable, Sendable {
    case root
    case artifact
    case artifactIndex = "artifact_index"
    case rootIndex = "root_index"
    case logDir = "log_dir"
    case logFile = "log_file"
    case logIndex = "log_index"
    case logRootIndex = "log_root_index"
    case logStageDir = "log_stage_dir"
    case logSubdir = "log_subdir"
    case buildObservability = "build_observability"
    case manifestDir = "manifest_dir"
    case manifest
    case manifestFile = "manifest_file"
    case manifestRoot = "manifest_root"
    case manifestsIndex = "manifests_index"
    case pythonPackages = "python_packages"
    case pythonIndex = "python_index"
    case tarballs
    case tarball
    case nativePackages = "native_packages"
    case nativePackagesLogDir = "native_packages_log_dir"
    case nativePackagesLogIndex = "native_packages_log_index"
    case receiptDir = "receipt_dir"
    case receipt
    case checksumList = "checksum_list"
}

extension OutputTerm {
    /// Whether a term names one object or the prefix of many.
    public enum Kind: String, Hashable, Sendable {
        /// One object.
        case file
        /// A prefix that objects are placed below.
        case directory
    }

    /// What a term means.
    public struct Definition: Hashable, Sendable {
        /// Whether it names one object or many.
        public let kind: Kind
        /// The path below the run's prefix.
        ///
        /// `{name}` stands for an argument; a segment `{name?}` is left out when the argument is empty.
        public let template: String
        /// What lives there, in one phrase.
        public let summary: String
    }

    /// The name as plans spell it.
    public var name: String { rawValue }

    /// What the term means.
    public var definition: Definition {
        switch self {
        case .root: directory("", "the run's outputs: artifact archives and their checksums")
        case .artifact: file("{filename}", "one artifact archive, or its checksum")
        case .artifactIndex: file("index-{artifact_group}.html", "the page that lists one group's artifacts")
        case .rootIndex: file("index.html", "the page at the top of the run")
        case .logDir: directory("logs/{artifact_group}", "the logs of one artifact group")
        case .logFile: file("logs/{artifact_group}/{filename}", "one log of an artifact group")
        case .logIndex: file("logs/{artifact_group}/index.html", "the page that lists one group's logs")
        case .logRootIndex: file("logs/index.html", "the page above all log directories")
        case .logStageDir: directory("logs/{stage}/{amdgpu_family?}", "the logs of one build stage, of one GPU family")
        case .logSubdir: directory("logs/{path}", "logs of anything else, below a path of its own")
        case .buildObservability:
            file("logs/{artifact_group}/build_observability.html", "the page about where the build spent its time")
        case .manifestDir: directory("manifests/{artifact_group}", "the manifests of one artifact group")
        case .manifest:
            file("manifests/{artifact_group}/therock_manifest.json", "what sources an artifact group was built from")
        case .manifestFile: file("manifests/{artifact_group}/{filename}", "another manifest of an artifact group")
        case .manifestRoot: file("manifests/therock_manifest.json", "the manifest of a run with many stages")
        case .manifestsIndex: file("manifests/index.html", "the page above all manifests")
        case .pythonPackages: directory("python/{artifact_group?}", "Python wheels and source distributions")
        case .pythonIndex: file("python/{artifact_group?}/index.html", "the page that pip reads with --find-links")
        case .tarballs: directory("tarballs", "distribution tarballs")
        case .tarball: file("tarballs/{filename}", "one distribution tarball")
        case .nativePackages: directory("packages/{package_type}", "a repository of native packages")
        case .nativePackagesLogDir: directory("logs/packaging/{package_type}", "the logs of native packaging")
        case .nativePackagesLogIndex:
            file("logs/packaging/{package_type}/index.html", "the page that lists the logs of native packaging")
        case .receiptDir: directory("receipts", "the receipts of the run's jobs, and the record of the whole run")
        case .receipt: file("receipts/{filename}", "the receipt of one attempt of a job, or the record of the run")
        case .checksumList: file("SHA256SUMS", "the SHA-256 of everything that the receipts name")
        }
    }

    /// Whether the term names one object or the prefix of many.
    public var kind: Kind { definition.kind }

    /// The arguments in the order of the path.
    public var parameters: [Parameter] { Self.parametersByTerm[self] ?? [] }

    /// The segments of the path.
    var segments: [Definition.Segment] { Self.segmentsByTerm[self] ?? [] }

    // Cutting a template takes its time, and a plan asks for the arguments of every rule more than once.
    private static let segmentsByTerm = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0, $0.definition.segments) })
    private static let parametersByTerm = segmentsByTerm.mapValues { segments in
        segments.flatMap(\.pieces).compactMap { piece in
            if case .parameter(let parameter) = piece { parameter } else { nil }
        }
    }

    private func directory(_ template: String, _ summary: String) -> Definition {
        Definition(kind: .directory, template: template, summary: summary)
    }

    private func file(_ template: String, _ summary: String) -> Definition {
        Definition(kind: .file, template: template, summary: summary)
    }
}
