import RunOutputs

/// The shape of a layout file.
enum LayoutShape {
    static let layout = MappingShape(
        "a layout",
        [
            .required("version", .word(PlanShape.version), "The version of the layout language: 1."),
            .required("name", .text(.name), "What the layout is called."),
            .prose("description", "What it describes, for people who read it."),
            .required("run", .mapping(run), "What every key of a run starts with."),
            .optional(
                "arguments", .dictionary(.init(noun: "argument", key: .name, value: .mapping(argument))),
                "The arguments that terms take: a closed list."),
            .required(
                "terms", .dictionary(.init(noun: "term", key: .name, value: .mapping(term), atLeast: 1)),
                "The places where outputs may live."),
            .optional(
                "groups", .dictionary(.init(noun: "group", key: .name, value: .mapping(group))),
                "Kinds of outputs that `list` and `copy` take by one word."),
            .optional(
                "names", .dictionary(.init(noun: "naming", key: .name, value: .mapping(naming))),
                "How file names are read."),
            .optional("roles", .mapping(roles), "What commands know by meaning: a term for each role."),
            .optional(
                "families",
                .dictionary(.init(noun: "family", key: .nonEmpty, value: .list(.text(.nonEmpty), atLeast: 1))),
                "The targets that each family means."),
            .optional(
                "tests", .list(.mapping(test), atLeast: 0), "Examples that `validate` runs: this term gives this key."),
        ])

    private static let texts = Shape.list(.text(.nonEmpty), atLeast: 1)
    private static let names = Shape.either(scalar: .text(.name), list: .list(.text(.name), atLeast: 1))

    static let run = MappingShape(
        "the run of a layout",
        [
            .required(
                "prefix", .either(scalar: .text(.nonEmpty), list: .list(.mapping(prefix), atLeast: 1)),
                "The prefix, in which `${name}` stands for what a run is described by; of a list, the first that fits."),
            .required(
                "arguments", .dictionary(.init(noun: "run argument", key: .name, value: .mapping(runArgument))),
                "What a run is described by: `run_id`, and what the prefix names besides."),
        ])

    static let prefix = MappingShape(
        "a prefix",
        [
            .optional("when", .mapping(condition), "Which runs have the prefix; every run unless given."),
            .required("path", .text(.nonEmpty), "The prefix."),
        ])

    static let runArgument = MappingShape(
        "a run argument",
        [
            .prose("description", "What the value is, in one phrase."),
            .optional("env", .text(.name), "The environment variable that gives the value."),
            .optional("one_of", texts, "The legal values."),
            .optional(
                "default", .text(.nonEmpty), "The value where nothing gives one; `host` is the machine's platform."),
            .optional(
                "one_segment", .flag, "Whether the value is one segment of a key; `true` unless given.", usual: "true"),
            .optional("except", texts, "Values that are not legal."),
            .optional(
                "identifies_run", .flag, "Whether two runs never share a value of it.", usual: "false"),
        ])

    static let argument = MappingShape(
        "an argument",
        [
            .prose("description", "What the value is, in one phrase."),
            .optional(
                "kind", .word(argumentKind), "What a value consists of; `segment` unless given.", usual: "segment"),
            .optional("one_of", texts, "The legal values."),
            .optional("except", texts, "Values that are not legal, because other places have these names."),
            .optional(
                "may_be_empty", .flag, "Whether it may be empty, which takes its segment out of the path.",
                usual: "false"),
        ])

    static let argumentKind = WordList(
        noun: "kind of argument",
        words: [
            .init(text: "segment", summary: "One segment of a key."),
            .init(text: "filename", summary: "One segment; a source's own file name unless the plan gives another."),
            .init(text: "path", summary: "One or more segments."),
        ], code: .illegalValue)

    /// The keys that say what kind of place a term is.
    static let places = ["directory", "file"]

    static let term = MappingShape(
        "a term", exactlyOneOf: places,
        [
            .optional("directory", .text(.any), "The path of a directory, below the run's prefix."),
            .optional("file", .text(.nonEmpty), "The path of one object, below the run's prefix."),
            .prose("summary", "What lives there, in one phrase."),
            .optional("inside", names, "The terms whose places this one's may share or lie in."),
            .optional("may_be_empty", .list(.text(.name), atLeast: 1), "The arguments that may be empty in this term."),
            .optional(
                "except", .dictionary(.init(noun: "argument", key: .name, value: texts, atLeast: 1)),
                "Values of arguments that are not legal in this term."),
            .optional(
                "retain", .either(scalar: .text(.retention), list: .list(.mapping(retention), atLeast: 1)),
                "How long its objects are kept, `30d` or `forever`; of a list, the first that fits."),
            .optional("storage_class", .word(PlanShape.storageClass), "The storage class of its objects."),
            .optional("cache_control", .text(.nonEmpty), "How long caches may keep its objects."),
        ])

    static let retention = MappingShape(
        "a retention",
        [
            .optional("when", .mapping(condition), "Which runs it is for; every run unless given."),
            .required("for", .text(.retention), "How long: `30d`, or `forever`."),
        ])

    /// What a prefix or a retention may depend on.
    static let condition = MappingShape(
        "a condition of a layout", [.required("release_type", names, "The release type, or a list of them.")])

    static let group = MappingShape(
        "a group",
        [
            .prose("summary", "What belongs to it, in one phrase."),
            .required("terms", .list(.text(.name), atLeast: 1), "Its terms."),
            .optional("names", .text(.name), "How the names of its files are read."),
        ])

    static let naming = MappingShape(
        "a naming",
        [
            .required("pattern", .text(.nonEmpty), "The parts as `${part}`, texts between, and a choice of endings."),
            .optional(
                "checksum", .text(.nonEmpty), "The name of a checksum file: `${file}` and what follows it."),
            .optional(
                "separators_in", .text(.name),
                "The part that may hold the texts between parts, such as `x86_64` where that is `_`."),
            .optional("component", .text(.name), "The part by which `fetch --component` selects."),
            .optional("family", .text(.name), "The part by which `fetch --artifact-group` selects."),
            .optional("for_all_families", .text(.nonEmpty), "The family of what is for every family."),
        ])

    static let roles = MappingShape(
        "the roles", Layout.Role.all.map { .optional($0.name, .text(.name), $0.summary) })

    static let test = MappingShape(
        "a test of a layout",
        [
            .required("term", .text(.name), "The term."),
            .optional(
                "set", .dictionary(.init(noun: "argument", key: .name, value: .text(.any))), "The arguments' values."),
            .optional(
                "run", .dictionary(.init(noun: "run argument", key: .name, value: .text(.any))),
                "What is different of the run; `release_type` may be part of it."),
            .required("expect", .text(.any), "The key below the run's prefix."),
            .optional("prefix", .text(.nonEmpty), "The run's prefix."),
        ])
}
