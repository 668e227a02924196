import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// The layout, and the bucket policy or the bucket, that hold for a command: flags win over plans, and plans over the
/// environment.
struct ChosenPlaces {
    /// What chooses the bucket.
    enum Bucket {
        /// One bucket for every run, and who named it.
        case named(String, by: ValueOrigin)
        /// A bucket policy that was asked for.
        case policy(BucketPolicy)
        /// The built-in bucket policy, which nobody asked for: it serves only the repositories that it names.
        case builtIn
    }

    var layout = Layout.builtIn
    /// The layout's file; `nil` for the built-in one.
    var layoutFile: String?
    var layoutText = Layout.builtInText
    /// The SHA-256 of the layout's file.
    var layoutDigest: String { layoutText.sha256 }
    var bucket = Bucket.builtIn
    var policyText = BucketPolicy.builtInText
    /// The SHA-256 of the policy that chooses the bucket; `nil` if none does.
    var policyDigest: String? {
        if case .named = bucket { nil } else { policyText.sha256 }
    }
    /// Files that diagnostics may point into.
    var sources: [String: SourceText] = [:]

    /// The variables that name the files, or the bucket.
    enum Variable {
        static let layout = "THEROCK_UPLOAD_LAYOUT"
        static let buckets = "THEROCK_UPLOAD_BUCKETS"
        static let bucket = "THEROCK_UPLOAD_BUCKET"
    }

    /// What flags name.
    struct Flags {
        var layout: String?
        var buckets: String?
        var bucket: String?
        /// What the flag for the bucket is called.
        var bucketFlag = "--bucket"
    }

    /// Reads the files that flags, plans or the environment name.
    ///
    /// - Parameters:
    ///   - flags: What flags name.
    ///   - plans: What the plans of the command say.
    ///   - context: Reads the files, and holds the environment, where an empty variable counts as unset.
    /// - Throws: ``PlanRejected`` with everything that is wrong with the first file that is.
    init(_ flags: Flags, plans: [PlanPlaces] = [], _ context: Context) async throws(PlanRejected) {
        func variable(_ name: String) -> String? { context.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let ofPlans = try plans.agreed(on: \.layout, named: "layout")
        let layoutName =
            flags.layout ?? ofPlans.map { $0.plan.path(of: $0.value.value) } ?? variable(Variable.layout)
        if let file = layoutName, file != PlanPlaces.builtInName {
            let text = try await read(file, context)
            layout = try Layout.read(text, file: file)
            layoutText = text
            layoutFile = file
        }
        let bucketOfPlans = try plans.agreed(on: \.bucket, named: "bucket")
        let policyOfPlans = try plans.agreed(on: \.buckets, named: "buckets")
        if let name = flags.bucket {
            bucket = .named(name, by: .flag(flags.bucketFlag))
        } else if let file = flags.buckets {
            try await takePolicy(file, context)
        } else if let (_, name) = bucketOfPlans {
            bucket = .named(name.value, by: .plan)
        } else if let (plan, file) = policyOfPlans {
            try await takePolicy(plan.path(of: file.value), context)
        } else if let name = variable(Variable.bucket) {
            bucket = .named(name, by: .environment(Variable.bucket))
        } else if let file = variable(Variable.buckets) {
            try await takePolicy(file, context)
        }
    }

    private mutating func takePolicy(_ file: String, _ context: Context) async throws(PlanRejected) {
        guard file != PlanPlaces.builtInName else {
            bucket = .policy(.builtIn)
            return
        }
        policyText = try await read(file, context)
        bucket = .policy(try BucketPolicy.read(policyText, file: file))
    }

    private mutating func read(_ file: String, _ context: Context) async throws(PlanRejected) -> [UInt8] {
        do {
            let bytes = try await context.readPlanFile(file)
            sources[file] = SourceText(String(decoding: bytes, as: UTF8.self))
            return bytes
        } catch {
            throw PlanRejected([Diagnostic(severity: .error, code: .unreadableFile, message: "\(error)")])
        }
    }
}

extension ChosenPlaces {
    /// Chooses the bucket of a run.
    ///
    /// - Parameters:
    ///   - context: The run.
    ///   - needsBucket: Whether anything is written to or read from a bucket: a directory needs none.
    /// - Returns: The bucket.
    /// - Throws: A ``Diagnostic`` if there is no bucket for the run.
    func selection(for context: RunContext, needsBucket: Bool = true) throws(Diagnostic) -> BucketSelection {
        do {
            switch bucket {
            case .named(let name, let origin): return try .named(name, by: origin)
            case .policy(let policy): return try policy.select(for: context)
            case .builtIn:
                if BucketPolicy.builtIn.serves(context.repository.value) {
                    return try BucketPolicy.builtIn.select(for: context)
                }
                guard needsBucket else { return try .named("local", by: .default) }
                throw Diagnostic.noPolicy(for: context)
            }
        } catch let error as Diagnostic {
            throw error
        } catch {
            throw Diagnostic(severity: .error, code: .bucketPolicy, message: "\(error)")
        }
    }
}

extension Diagnostic {
    /// The built-in policy is of no use to others.
    fileprivate static func noPolicy(for context: RunContext) -> Diagnostic {
        var problem = Diagnostic(
            severity: .error, code: .bucketPolicy,
            message: "no bucket policy says where outputs of \(context.repository.value) go: the built-in one serves "
                + BucketPolicy.builtIn.served.map(\.value).joined(separator: ", ") + " only")
        problem.help =
            [
                "write these lines to buckets.yaml, and name the file with --buckets, as `buckets:` in the plan, or in "
                    + "\(ChosenPlaces.Variable.buckets):"
            ] + Self.policyLines
            + [
                "or name one bucket with --bucket, as `bucket:` in the plan, or in \(ChosenPlaces.Variable.bucket)",
                "`therock-upload init` writes a layout, a policy and a plan; --buckets therock asks for the built-in one",
            ]
        return problem
    }

    /// A whole policy: one bucket for every run.
    private static let policyLines = [
        "    version: 1", "    release_types: []", "    rules:", "      - name: every run",
        "        bucket: my-bucket", "        external_prefix: false", "        region: us-east-1",
        "        endpoint_url: https://s3.example.com  # leave it out on AWS",
    ]
}
