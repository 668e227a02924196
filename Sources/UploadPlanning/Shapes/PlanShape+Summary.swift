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
