import ArgumentParser

/// The flag of commands that can plan without a build tree.
struct ListingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Plan against a recorded listing instead of the disk: paths, `find -printf '%s %p\\n'` or `tar -tv`.",
            valueName: "file"),
        completion: .file())
    var filesFrom: String?
}
