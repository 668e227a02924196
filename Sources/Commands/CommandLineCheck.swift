import ArgumentParser
import UploadPlanning

/// What is checked about a command line before its options are read.
enum CommandLineCheck {
    /// Refuses a command line without a command, with an unknown command or with an empty argument.
    ///
    /// - Parameter arguments: The arguments, without the program's name.
    /// - Throws: ``CommandLineError``.
    static func check(_ arguments: [String]) throws(CommandLineError) {
        guard let first = arguments.first else {
            throw CommandLineError(
                message: "no command was given",
                help: ["the commands are \(commands.joined(separator: ", "))", "`therock-upload --help` explains them"])
        }
        // A shell that completes a word asks for all of the command line as it is.
        if first == "---completion" { return }
        try refuseEmptyValues(arguments)
        guard !first.hasPrefix("-"), !commands.contains(first), first != "help" else { return }
        let help =
            first.nearest(in: commands).map { "did you mean `\($0)`?" }
            ?? "the commands are \(commands.joined(separator: ", "))"
        throw CommandLineError(message: "there is no command '\(first.printable)'", help: [help])
    }

    /// The names of all commands, in the order of the help.
    static var commands: [String] {
        TheRockUpload.configuration.subcommands.compactMap { $0.configuration.commandName }
    }

    /// An option that is there and holds nothing is never meant: it must not pass for an option that is not there.
    private static func refuseEmptyValues(_ arguments: [String]) throws(CommandLineError) {
        for (index, argument) in arguments.enumerated() {
            let subject: String
            if argument.isBlank {
                let option = arguments[..<index].last.flatMap { $0.hasPrefix("--") && !$0.contains("=") ? $0 : nil }
                subject = option.map { "the value of \($0.printable)" } ?? "argument \(index + 1)"
            } else if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "="),
                String(argument[argument.index(after: equals)...]).isBlank
            {
                subject = "the value of \(argument[..<equals].description.printable)"
            } else {
                continue
            }
            throw CommandLineError(
                message: "\(subject) is empty",
                help: [
                    "an expression or a variable probably came out empty: set it, or leave the option out; "
                        + "in a shell, ${VALUE:+--option \"$VALUE\"} does"
                ])
        }
    }
}

extension String {
    /// Whether there is nothing to see in it.
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}

extension CommandLineError {
    /// Takes the words of the library that reads the options.
    init(parsing error: any Error, isUsage: Bool, _ arguments: [String]) {
        let lines = TheRockUpload.message(for: error).split(whereSeparator: \.isNewline).map(String.init)
        let first = lines.first ?? "\(error)"
        self.init(
            message: (first.prefix(1).lowercased() + first.dropFirst()).printable,
            help: lines.dropFirst().map { $0.printable })
        guard isUsage else { return }
        let command = arguments.first.flatMap { CommandLineCheck.commands.contains($0) ? "\($0) " : nil } ?? ""
        help.append("`therock-upload \(command)--help` shows all options")
    }
}
