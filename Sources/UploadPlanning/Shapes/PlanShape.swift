import RunOutputs

/// The shape of a plan file: the one table from which the checker and the JSON Schema work.
struct PlanShape {
    /// Where the plan may put outputs.
    let layout: Layout
    /// A term with its arguments, under each of the layout's names.
    let terms: [MappingShape.Field]
    let destination: Shape

    init(_ layout: Layout) {
        self.layout = layout
        terms = layout.terms.map { term in
            .optional(
                term.name,
                .mapping(
                    MappingShape(
                        "the arguments of `\(term.name)`", unknownKey: .superfluousArgument,
                        term.parameters.map { .optional($0.name, .text(.any), $0.summary) })),
                term.summary)
        }
        destination = .shared(
            name: "destination",
            .either(
                scalar: .word(
                    WordList(
                        noun: "destination",
                        words: layout.terms.map { .init(text: $0.name, summary: $0.summary) },
                        code: .unknownTerm)),
                mapping: .choice(ChoiceShape(noun: "destination", options: terms, unknownKey: .unknownTerm))))
    }

    var plan: MappingShape {
        MappingShape(
            "a plan",
            [
                .required("version", .word(Self.version), "The version of the plan language: 1."),
                .required("name", .text(.name), "What the plan is called in messages and reports."),
                .prose("description", "What the plan publishes, for people who read it."),
                .optional(
                    "layout", .text(.nonEmpty),
                    "The layout file, beside the plan; `therock` or nothing is the built-in one."),
                .optional(
                    "buckets", .text(.nonEmpty),
                    "The bucket policy file, beside the plan; `therock` is the built-in one."),
                .optional("bucket", .text(.nonEmpty), "The bucket, where no policy chooses one."),
                .optional(
                    "parameters", .dictionary(.init(noun: "parameter", key: .name, value: .mapping(Self.parameter))),
                    "The values that a run gives to the plan."),
                .optional(
                    "leftovers", .word(Self.leftovers),
                    "What it means that no rule takes a file of a directory that the plan publishes; it is listed unless "
                        + "given."),
                .required(
                    "uploads", .dictionary(.init(noun: "rule", key: .name, value: .mapping(rule), atLeast: 1)),
                    "The rules: which files go where."),
                .optional("summary", .list(.choice(summaryEntry), atLeast: 0), "What is written to the job's summary."),
                .optional(
                    "outputs",
                    .dictionary(
                        .init(
                            noun: "output", key: .name,
                            value: .either(
                                scalar: .text(.template), list: .list(outputValue, atLeast: 1),
                                mapping: .choice(outputLocation)))),
                    "The job outputs that later steps read; of a list, the first counts whose uploads are there."),
                .optional(
                    "tests", .list(.mapping(test), atLeast: 0),
                    "Examples that `validate` runs: these paths give these keys."),
            ])
    }

    static let version = WordList(
        noun: "version", words: [.init(text: "1", summary: "The only one so far.")], code: .illegalValue)

    static let leftovers = WordList(noun: "way to treat leftovers", LeftoverPolicy.self)

    static let parameter = MappingShape(
        "a parameter",
        [
            .prose("description", "What the value is, with an example."),
            .optional(
                "type", .word(parameterType), "What kind of value it is; `string` unless given.", usual: "string"),
            .optional("env", .text(.name), "The environment variable that gives the value."),
            .optional(
                "default", .either(scalar: .text(.any), list: .list(.mapping(parameterDefault), atLeast: 1)),
                "The value where neither `--set` nor the environment gives one; of a list, the first that holds."),
            .optional(
                "needed_when", conditions,
                "Only if this holds a value must be given, and may not be empty; otherwise the value is empty."),
            .optional("one_of", .list(.text(.any), atLeast: 1), "The legal values."),
            .optional("strip_prefix", .text(.nonEmpty), "A prefix that is removed from the value."),
            .optional(
                "replace",
                .dictionary(
                    .init(noun: "replaced text", key: .nonEmpty, value: .text(.any), atLeast: 1, isOrdered: true)),
                "Texts that are replaced in the value, in this order."),
            .optional(
                "must_exist", .flag, "Whether a file or directory must exist; `true` unless given.", usual: "true"),
            .optional(
                "secret", .flag, "Whether the value is kept out of everything that is shown; `false` unless given.",
                usual: "false"),
        ])

    static let parameterDefault = MappingShape(
        "a default",
        [
            .required("value", .text(.any), "The value."),
            .optional("when", conditions, "The value counts only if each parameter has the value."),
            .optional("if_found", .mapping(foundFiles), "The value counts only if one of these files is there."),
        ])

    static let foundFiles = MappingShape(
        "files to be found",
        [
            .required("in", .text(.template), "The directory to look in."),
            .required(
                "include", .list(.text(.template), atLeast: 1),
                "The patterns of the files, relative to the directory."),
            .optional("exclude", .list(.text(.template), atLeast: 1), "The patterns of files that do not count."),
        ])

    static let parameterType = WordList(noun: "parameter type", PlanParameter.Kind.self)

    /// The keys that say where a rule's objects come from.
    static let sources = ["from", "file", "archive", "index"]

    private static let values = Shape.list(.text(.any), atLeast: 1)

    static let negation = MappingShape(
        "a condition",
        [
            .required(
                "not", .either(scalar: .text(.any), list: values),
                "The condition holds only if the parameter has another value.")
        ])

    static let conditions = Shape.dictionary(
        .init(
            noun: "parameter", key: .valueName,
            value: .either(scalar: .text(.any), list: values, mapping: .mapping(negation)), atLeast: 1))

    var rule: MappingShape {
        MappingShape(
            "an upload rule", exactlyOneOf: Self.sources,
            [
                .prose("description", "What the rule publishes and why."),
                .optional(
                    "when", Self.conditions,
                    "The rule is applied only if each parameter has the value, or one of the values."),
                .optional(
                    "if_nothing_from", .list(.text(.name), atLeast: 1),
                    "The rule is applied only if these rules select nothing."),
                .optional("from", .text(.template), "The directory that files are taken from."),
                .optional("file", .text(.template), "One file."),
                .optional("archive", .mapping(Self.archive), "An archive to make and upload."),
                .optional("index", .mapping(index), "A page to make that lists what other rules upload."),
                .optional(
                    "include", .list(.text(.template), atLeast: 1),
                    "The patterns of the files to take, relative to `from`; all unless given."),
                .optional(
                    "exclude", .list(.text(.template), atLeast: 1),
                    "The patterns of files not to take; they win over `include`."),
                .optional(
                    "symlinks", .word(Self.symlinks), "What happens to symlinks; `skip` unless given.", usual: "skip"),
                .optional("flatten", .flag, "Whether keys keep only the base name of a file.", usual: "false"),
                .required("to", destination, "Where the files go: a term of the vocabulary."),
                .optional(
                    "existing", .word(Self.existing), "What to do about an object that exists; `replace` unless given.",
                    usual: "replace"),
                .optional("missing", .word(Self.missing), "What selecting no file means; `error` unless given."),
                .optional(
                    "case_collisions", .word(Self.caseCollisions),
                    "What it means that two keys differ only by case; `warn` unless given.", usual: "warn"),
                .optional(
                    "best_effort", .flag, "Whether a failure is reported without failing the run.", usual: "false"),
                .optional(
                    "after", .list(.text(.name), atLeast: 1), "Rules that must have succeeded before this one starts."),
                .optional("object", .mapping(Self.object), "Properties of the stored objects."),
                .optional(
                    "retain", .text(.retention),
                    "How long the objects are kept, `30d` or `forever`; as the layout says unless given."),
                .optional("expect", .mapping(Self.expectation), "What is plausible; anything else fails the rule."),
                .optional(
                    "allow_secrets", .list(.text(.template), atLeast: 1),
                    "The patterns of files to publish although they look like secrets, relative to `from`."),
            ])
    }

    static let symlinks = WordList(noun: "way to treat symlinks", SymlinkPolicy.self)

    static let existing = WordList(noun: "way to treat existing objects", ExistingObjectPolicy.self)

    static let missing = WordList(noun: "way to treat missing files", UploadRule.MissingPolicy.self)

    static let caseCollisions = WordList(
        noun: "way to treat keys that differ only by case", UploadRule.CaseCollisionPolicy.self)

    static let archive = MappingShape(
        "an archive",
        [
            .required("format", .word(archiveFormat), "The archive's format."),
            .optional("name", .text(.template), "The archive's file name, where `to` does not give one."),
            .required(
                "from", .text(.template), "The directory that members are taken from; their names are relative to it."),
            .optional(
                "include", .list(.text(.template), atLeast: 1), "The patterns of the members; all files unless given."),
            .optional("exclude", .list(.text(.template), atLeast: 1), "The patterns of files to leave out."),
            .optional("level", .text(.integer(0...22)), "The compression level."),
        ])

    static let archiveFormat = WordList(noun: "archive format", ArchiveFormat.self)

    /// What an index page may list.
    static let listings = ["of", "under"]

    var index: MappingShape {
        MappingShape(
            "an index page", exactlyOneOf: Self.listings,
            [
                .optional("of", .list(.text(.name), atLeast: 1), "The rules whose objects are listed."),
                .optional(
                    "under", destination,
                    "A directory of the vocabulary: `finish` lists what the receipts of the whole run say lies there."),
                .optional(
                    "include", .list(.text(.template), atLeast: 1),
                    "The patterns of the objects to list, relative to the page's directory."),
                .optional("exclude", .list(.text(.template), atLeast: 1), "The patterns of objects not to list."),
                .optional("parent", destination, "Where the parent link leads; no link unless given."),
                .optional("title", .text(.template), "The page's heading; the page's directory unless given."),
                .optional(
                    "each_directory", .flag, "Whether each directory gets a page of its own; `to` is then a directory.",
                    usual: "false"),
            ])
    }

    static let object = MappingShape(
        "object properties",
        [
            .optional("content_type", .text(.template), "The media type; from the file's name unless given."),
            .optional("content_encoding", .text(.template), "How the bytes are encoded, for example `gzip`."),
            .optional("content_disposition", .text(.template), "How a browser presents the object."),
            .optional("cache_control", .text(.template), "How long caches may keep the object."),
            .optional("storage_class", .word(storageClass), "The storage class."),
            .optional(
                "metadata", .dictionary(.init(noun: "metadata entry", key: .name, value: .text(.template))),
                "User metadata."),
            .optional("tags", .dictionary(.init(noun: "tag", key: .nonEmpty, value: .text(.template))), "Object tags."),
        ])

    static let storageClass = WordList(
        noun: "storage class",
        words: [
            "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
            "DEEP_ARCHIVE", "GLACIER_IR", "EXPRESS_ONEZONE",
        ].map { .init(text: $0, summary: "As S3 defines it.") }, code: .illegalValue)

    static let expectation = MappingShape(
        "an expectation",
        [
            .optional("files", .text(.countRange), "How many files are plausible: `1..200`."),
            .optional("bytes", .text(.byteRange), "How many bytes in all are plausible: `1KiB..8GiB`."),
            .optional("newer_than", .text(.template), "A file that every selected file must be newer than."),
        ])

    var test: MappingShape {
        MappingShape(
            "a plan test",
            [
                .required("name", .text(.nonEmpty), "What the example shows."),
                .optional(
                    "set", .dictionary(.init(noun: "parameter", key: .name, value: .text(.any))),
                    "The parameters' values."),
                .optional("run", .mapping(testRun), "What is different of the run."),
                .required("given", .list(.text(.nonEmpty), atLeast: 0), "The files that exist."),
                .required(
                    "expect", .list(.text(.nonEmpty), atLeast: 0), "The keys below the run's prefix, in any order."),
            ])
    }

    var testRun: MappingShape {
        MappingShape(
            "the run of a test",
            layout.runValues.map { value in
                let argument = layout.runArgument(named: value.rawValue)?.argument
                let shape: Shape =
                    if let values = argument?.legalValues {
                        .word(
                            WordList(
                                noun: value.rawValue,
                                words: values.map { .init(text: $0, summary: "A \(value.rawValue).") },
                                code: .illegalValue))
                    } else {
                        .text(.nonEmpty)
                    }
                return .optional(value.rawValue, shape, summary(of: value))
            })
    }

    private func summary(of value: RunValue) -> String {
        switch value {
        case .platform: "The platform; `\(layout.testPlatform)` unless given."
        case .runID: "The run's id; `local` unless given."
        case .repository: "The repository; `ROCm/TheRock` unless given."
        case .releaseType: "The release type; `ci` unless given."
        default: "What the layout calls `\(value.rawValue)`: \(layout.summary(of: value)); `local` unless given."
        }
    }
}

// MARK: - Destinations, from the vocabulary

extension PlanShape {
}

extension Layout {
    /// The platform of tests that name none.
    var testPlatform: String {
        guard let platforms, !platforms.contains(Platform.linux.rawValue) else { return Platform.linux.rawValue }
        return platforms.first ?? Platform.linux.rawValue
    }
}

// What a plan says about its uploads when they are done.

extension PlanShape {
    var summaryEntry: ChoiceShape {
        ChoiceShape(
            noun: "summary entry",
            options: [
                .optional("link", .mapping(link), "A link to an uploaded object."),
                .optional("markdown", .text(.template), "Markdown in which `${…}` is replaced."),
                .optional("for_each_page", .mapping(Self.pages), "Markdown for each page that an index rule wrote."),
            ], unknownKey: .unknownKey)
    }

    static let pages = MappingShape(
        "a summary entry for each page",
        [
            .required("of", .text(.name), "The index rule."),
            .optional("heading", .text(.template), "Markdown that is written once, above."),
            .required(
                "markdown", .text(.template), "Markdown in which `${page.url}` and `${page.directory}` are replaced."),
        ])

    var link: MappingShape {
        MappingShape(
            "a summary link",
            [
                .required("title", .text(.template), "The text of the link."),
                .required("to", destination, "The object that it leads to."),
                .optional(
                    "server_page", .flag,
                    "Whether the server makes the page, of what is uploaded below its directory; `false` unless given."),
                .optional("when", Self.conditions, "The link is written only if each parameter has the value."),
            ])
    }

    var outputValue: Shape {
        .either(scalar: .text(.template), mapping: .choice(outputLocation))
    }

    var outputLocation: ChoiceShape {
        ChoiceShape(
            noun: "destination", options: terms + [.optional("text", .mapping(Self.outputText), "A text.")],
            unknownKey: .unknownTerm)
    }

    static let outputText = MappingShape(
        "a text",
        [
            .required("value", .text(.template), "The text."),
            .required(
                "if_stored", .list(.text(.name), atLeast: 1),
                "It is given only if one of these rules stored something."),
        ])
}
