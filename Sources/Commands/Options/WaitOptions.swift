import ArgumentParser

/// The flags of a command that can wait for a job of a run that is still going on.
struct WaitOptions: ParsableArguments {
    @Option(
        name: .customLong("wait-for"), parsing: .singleValue,
        help: ArgumentHelp(
            "Wait until the job with this receipt has uploaded its outputs; may be repeated.", valueName: "name"))
    var receipts: [String] = []

    @Option(help: ArgumentHelp("How long to wait: 90s, 30m or 2h. (default: 30m)", valueName: "time"))
    var timeout: WaitingTime?

    func validate() throws {
        if timeout != nil, receipts.isEmpty { throw ValidationError("--timeout is for --wait-for, which is not given") }
    }

    /// How long to wait.
    var duration: Duration { timeout?.duration ?? .seconds(1800) }
}

/// A time as people write it: a number and `s`, `m` or `h`.
struct WaitingTime: ExpressibleByArgument {
    var duration: Duration

    init?(argument: String) {
        let factors: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = argument.last, let factor = factors[unit], let number = Int64(argument.dropLast()),
            (0...1_000_000).contains(number)
        else { return nil }
        duration = .seconds(number * factor)
    }
}
