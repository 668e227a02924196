import RunOutputs

/// The shape of a file that says what a run must hold.
struct RequirementsShape {
    /// Where outputs may live.
    let layout: Layout

    init(_ layout: Layout) { self.layout = layout }

    var requirements: MappingShape {
        MappingShape(
            "the requirements of a run",
            [
                .required("version", .word(PlanShape.version), "The version of the language: 1."),
                .required("name", .text(.name), "What the requirements are called in messages."),
                .prose("description", "Which runs they are for, for people who read the file."),
                .optional(
                    "parameters", .dictionary(.init(noun: "parameter", key: .name, value: .mapping(Self.parameter))),
                    "The values that a run gives to the requirements."),
                .required(
                    "required",
                    .dictionary(.init(noun: "requirement", key: .name, value: .mapping(requirement), atLeast: 1)),
                    "What a run must hold to be complete."),
                .optional(
                    "tests", .list(.mapping(test), atLeast: 0),
                    "Examples that `validate` runs: a run with these objects lacks these."),
            ])
    }

    static let parameter = MappingShape(
        "a parameter",
        [
            .prose("description", "What the value is, with an example."),
            .optional(
                "type",
                .word(
                    WordList(
                        noun: "parameter type",
                        words: [
                            .init(text: "string", summary: "Any text."), .init(text: "list", summary: "Several texts."),
                        ], code: .illegalValue)), "What kind of value it is; `string` unless given.", usual: "string"),
            .optional("env", .text(.name), "The environment variable that gives the value."),
            .optional(
                "default", .either(scalar: .text(.any), list: .list(.text(.any), atLeast: 1)),
                "The value where neither `--set` nor the environment gives one."),
            .optional(
                "one_of", .list(.text(.any), atLeast: 1), "The legal values; of a list, those of its elements."),
        ])

    var requirement: MappingShape {
        MappingShape(
            "a requirement",
            [
                .prose("description", "What is required and why."),
                .optional(
                    "when", PlanShape.conditions, "It is required only if each parameter has the value, or one of them."
                ),
                .optional(
                    "for_each",
                    .dictionary(.init(noun: "variable", key: .name, value: .text(.name), atLeast: 1)),
                    "A variable, and the list parameter whose elements it takes one after the other."),
                .optional("to", PlanShape(layout).destination, "Where it lies: a term of the vocabulary."),
                .optional(
                    "names", .list(.text(.template), atLeast: 1),
                    "The files that must lie there; each combination of braces is one, and `*` stands for at least one."
                ),
                .optional("files", .text(.countRange), "How many files must lie there, at any depth: `1..`."),
                .optional(
                    "with_checksum", .flag, "Whether beside each file `{file}.sha256sum` must lie too.", usual: "false"),
                .optional(
                    "receipt", .text(.template), "The job whose receipt must be there and say that it succeeded."),
                .optional(
                    "job", .text(.template), "The job that makes it, for messages; that of `receipt` unless given."),
            ])
    }

    var test: MappingShape {
        MappingShape(
            "a test",
            [
                .required("name", .text(.nonEmpty), "What the example shows."),
                .optional(
                    "set",
                    .dictionary(
                        .init(
                            noun: "parameter", key: .name,
                            value: .either(scalar: .text(.any), list: .list(.text(.any), atLeast: 1)))),
                    "The parameters' values."),
                .optional("run", .mapping(PlanShape(layout).testRun), "What is different of the run."),
                .required("given", .list(.text(.nonEmpty), atLeast: 0), "The keys that exist, below the run's prefix."),
                .optional(
                    "receipts", .list(.text(.nonEmpty), atLeast: 0), "The jobs whose receipts say that they succeeded."),
                .required(
                    "missing", .list(.text(.nonEmpty), atLeast: 0),
                    "What is missing, in any order: keys below the run's prefix, or `receipt NAME`."),
            ])
    }
}
