import ArgumentParser
import RunOutputs
import UploadPlanning
import UploadS3

/// `locate`: prints where a term of the vocabulary lives.
struct LocateCommand: RunCommand {
    static let configuration = CommandConfiguration(
        commandName: "locate",
        abstract: "Print where an output of a run lives.",
        discussion:
            "For example: therock-upload locate TERM NAME=VALUE --run-id 1, with a term of `therock-upload vocabulary`."
    )

    /// How the location is written.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case s3, https, key, local, json
    }

    @Argument(
        help: "A term of the vocabulary; `therock-upload vocabulary` lists them.",
        completion: .custom(LayoutCompletion.terms))
    var term: String

    @Argument(help: ArgumentHelp("The term's arguments.", valueName: "name=value"))
    var arguments: [Setting] = []

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @Option(help: "How to write the location: local is a path below --output-dir.")
    var form = Form.s3

    @Option(help: ArgumentHelp("The output directory for --form local.", valueName: "dir"))
    var outputDir: String?

    func validate() throws {
        if form == .local, outputDir == nil { throw ValidationError("--form local needs --output-dir DIR") }
    }

    func run(in context: Context) async throws {
        let (run, location, url): (ResolvedRun, OutputLocation, String) = try await checkingInput {
            let run = try await ResolvedRun(
                request(context), isLocal: true, needsBucket: ![.key, .local].contains(form),
                context: context)
            let location = try run.root.location(named: term, arguments.values).location
            return (run, location, try self.url(of: location, run.selection, context))
        }
        context.output.data(text(location, run, url: url) + "\n")
    }

    /// The URL of a location, of the store that the bucket policy or the environment names.
    private func url(
        of location: OutputLocation, _ selection: BucketSelection, _ context: Context
    ) throws(Diagnostic) -> String {
        do {
            var choices = S3Configuration.Choices()
            choices.take(selection)
            return try S3Configuration.resolve(choices, environment: context.environment).url(of: location)
        } catch {
            throw Diagnostic(severity: .error, code: .runContext, message: "\(error)")
        }
    }

    private func text(_ location: OutputLocation, _ run: ResolvedRun, url: String) -> String {
        switch form {
        case .s3: location.s3URI
        case .https: url
        case .key: location.key.text
        case .local: location.localPath(in: outputDir ?? "")
        case .json:
            JSONValue.object([
                ("bucket", .string(location.bucket)), ("key", .string(location.key.text)),
                ("s3_uri", .string(location.s3URI)), ("https_url", .string(url)),
                ("region", run.selection.region.map { .string($0) } ?? .null),
                ("role", run.selection.role.map { .string($0) } ?? .null),
                ("chosen_by", .string(run.selection.explanation)),
            ]).text
        }
    }
}
