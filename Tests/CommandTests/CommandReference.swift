import Foundation

/// What the tool says about its own command line, as `--experimental-dump-help` prints it.
struct CommandReference: Decodable {
    /// A command, or the tool itself.
    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?

        /// The commands that people use, in the order of the help.
        var listedSubcommands: [Command] { (subcommands ?? []).filter { $0.commandName != "help" } }

        /// The arguments that the help lists, under their headings, in its order.
        var sections: [(title: String, arguments: [Argument])] {
            var sections: [(title: String, arguments: [Argument])] = []
            for argument in arguments ?? [] where argument.shouldDisplay {
                let title = argument.sectionTitle ?? (argument.kind == "positional" ? "Arguments" : "Options")
                if let index = sections.firstIndex(where: { $0.title == title }) {
                    sections[index].arguments.append(argument)
                } else {
                    sections.append((title, [argument]))
                }
            }
            return sections
        }
    }

    /// An option, a flag or a positional argument.
    struct Argument: Decodable {
        struct Name: Decodable { var kind, name: String }

        var kind: String
        var shouldDisplay: Bool
        var sectionTitle: String?
        var isOptional, isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var abstract: String?

        /// How it is written on the command line.
        var form: String {
            let names = (names ?? []).map { ($0.kind == "short" ? "-" : "--") + $0.name }
            if kind == "positional" { return "<\(valueName ?? "value")>\(isRepeating ? "…" : "")" }
            return names.joined(separator: ", ") + (kind == "option" ? " <\(valueName ?? "value")>" : "")
        }

        /// What it does, with its values and its default.
        var text: String {
            var notes: [String] = []
            if let allValues, kind == "option" || kind == "positional" {
                notes.append("values: \(allValues.joined(separator: ", "))")
            }
            if let defaultValue, kind == "option" || kind == "positional" { notes.append("default: \(defaultValue)") }
            return ([abstract ?? ""] + (notes.isEmpty ? [] : ["(\(notes.joined(separator: "; ")))"])).joined(separator: " ")
        }
    }

    var command: Command
}

// MARK: - docs/commands.md

extension CommandReference {
    /// The reference of all commands in Markdown.
    var markdown: String {
        let commands = command.listedSubcommands
        let list = commands.map { "- [`\($0.commandName)`](#\($0.commandName)): \($0.abstract ?? "")\n" }.joined()
        return """
            # Commands

            Made from the tool's own help by `scripts/make-reference`, as are the manual pages in [`man/`](man); edit the help in `Sources/therock-upload`. \(Self.completion)

            \(list)
            """ + commands.map(Self.markdown).joined()
    }

    private static let completion = """
        Shells complete commands, options, terms, codes, plan files and the parameters of the plans on the command line:

        ```console
        $ therock-upload --generate-completion-script bash > ~/.local/share/bash-completion/completions/therock-upload
        $ therock-upload --generate-completion-script zsh > ~/.zsh/completions/_therock-upload    # a directory of $fpath
        $ therock-upload --generate-completion-script fish > ~/.config/fish/completions/therock-upload.fish
        ```
        """

    private static func markdown(_ command: Command) -> String {
        var text = "\n## \(command.commandName)\n\n\(command.abstract ?? "")\n"
        if let discussion = command.discussion { text += "\n\(discussion.escapedForMarkdown)\n" }
        for section in command.sections {
            text += "\n| \(section.title) | |\n|---|---|\n"
            for argument in section.arguments {
                text += "| `\(argument.form)` | \(argument.text.escapedForMarkdown.replacing("|", with: "\\|")) |\n"
            }
        }
        return text
    }
}

extension String {
    /// Angle brackets would be taken for HTML.
    fileprivate var escapedForMarkdown: String { replacing("<", with: "&lt;") }
}

// MARK: - Manual pages

extension CommandReference {
    /// The manual pages by their file names: one for the tool, and one for each command.
    var manualPages: [(name: String, text: String)] {
        let tool = command.commandName
        let overview = command.listedSubcommands.map {
            ".TP\n.B \($0.commandName)\n\(($0.abstract ?? "").inManual)\n"
        }
        let others = command.listedSubcommands.map { "\(tool)-\($0.commandName)" }
        let main = (
            "\(tool).1",
            Self.page(tool, command, synopsis: ".I command\n.RI [ options ]")
                + ".SH COMMANDS\n" + overview.joined() + Self.seeAlso(others)
        )
        return [main]
            + command.listedSubcommands.map { subcommand in
                let synopsis = "\(subcommand.commandName)\n.RI [ options ]" + Self.positionals(of: subcommand)
                return (
                    "\(tool)-\(subcommand.commandName).1",
                    Self.page("\(tool)-\(subcommand.commandName)", subcommand, synopsis: synopsis)
                        + Self.seeAlso([tool])
                )
            }
    }

    private static func positionals(of command: Command) -> String {
        let arguments = (command.arguments ?? []).filter { $0.kind == "positional" && $0.shouldDisplay }
        return arguments.map { argument in
            let name = (argument.valueName ?? "value") + (argument.isRepeating ? "..." : "")
            return argument.isOptional ? "\n.RI [ \(name) ]" : "\n.I \(name)"
        }.joined()
    }

    private static func page(_ name: String, _ command: Command, synopsis: String) -> String {
        var text = """
            .TH \(name.uppercased().inManual) 1
            .SH NAME
            \(name.inManual) \\- \((command.abstract ?? "").inManual)
            .SH SYNOPSIS
            .B therock\\-upload
            \(synopsis)

            """
        if let discussion = command.discussion {
            let paragraphs = discussion.split(separator: "\n\n").map { String($0).inManual }
            text += ".SH DESCRIPTION\n" + paragraphs.joined(separator: "\n.PP\n") + "\n"
        }
        for section in command.sections {
            text += ".SH \(section.title.uppercased().inManual)\n"
            for argument in section.arguments {
                text += ".TP\n.B \(argument.form.inManual)\n\(argument.text.inManual)\n"
            }
        }
        return text
    }

    private static func seeAlso(_ names: [String]) -> String {
        ".SH SEE ALSO\n" + names.map { ".BR \($0.inManual) (1)" }.joined(separator: ",\n") + "\n"
    }
}

extension String {
    /// The text where a macro of roff may not begin, and a hyphen is one that can be copied.
    fileprivate var inManual: String {
        let escaped = replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("…", with: "...")
        return escaped.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&" + $0 : String($0) }.joined(separator: "\n")
    }
}
