import ArgumentParser
import FoundationEssentials
import RunOutputs
import UploadPlanning

/// The flag that says which attempt of the run this is.
struct AttemptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which attempt of the run this is. (environment: GITHUB_RUN_ATTEMPT; default: 1)", valueName: "number"))
    var runAttempt: Int?

    func validate() throws {
        if let runAttempt, runAttempt < 1 { throw ValidationError("--run-attempt takes a number from 1") }
    }

    /// The attempt.
    ///
    /// - Parameter environment: The environment.
    /// - Returns: A number from 1.
    /// - Throws: ``InvalidAttempt`` if the variable holds no number.
    func attempt(_ environment: [String: String]) throws(InvalidAttempt) -> Int {
        if let runAttempt { return runAttempt }
        guard let text = environment["GITHUB_RUN_ATTEMPT"], !text.isEmpty else { return 1 }
        guard let attempt = Int(text), attempt > 0 else { throw InvalidAttempt(text: text) }
        return attempt
    }
}

/// A variable that should hold the number of an attempt, and does not.
struct InvalidAttempt: Error, CustomStringConvertible {
    var text: String
    var description: String { "GITHUB_RUN_ATTEMPT is '\(text.printable)', which is not a number from 1" }
}

/// The flags about the receipt that a job leaves.
struct ReceiptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Leave a receipt of what was uploaded, receipts/NAME-ATTEMPT.json below the run, as the last object.",
            valueName: "name"))
    var receipt: String?

    @Option(
        help: ArgumentHelp(
            "Leave a receipt that is called after the job (GITHUB_JOB) and the values of its matrix, which the "
                + "workflow gives as ${{ toJSON(matrix) }}.", valueName: "json"))
    var receiptMatrix: String?

    func validate() throws {
        if receipt != nil, receiptMatrix != nil {
            throw ValidationError("--receipt and --receipt-matrix exclude each other")
        }
    }

    /// Whether a receipt is asked for.
    var isWanted: Bool { receipt != nil || receiptMatrix != nil }

    /// The receipt that is asked for; `nil` for none.
    ///
    /// - Parameters:
    ///   - attempts: The flag that says which attempt of the run this is.
    ///   - environment: The environment.
    ///   - suffix: What the name ends with besides.
    /// - Returns: Name and attempt.
    /// - Throws: Why the name cannot be made, or is not legal.
    func name(
        _ attempts: AttemptOptions, _ environment: [String: String], suffix: String = ""
    ) throws -> ReceiptName? {
        guard let name = try receipt ?? receiptMatrix.map({ try Self.name(matrix: $0, environment) }) else {
            return nil
        }
        return try ReceiptName(name + suffix, attempt: attempts.attempt(environment))
    }

    /// The job, and the matrix' values in the order in which they are given, joined by dashes.
    private static func name(matrix: String, _ environment: [String: String]) throws -> String {
        guard let job = environment["GITHUB_JOB"], !job.isEmpty else {
            throw ValidationError("--receipt-matrix needs GITHUB_JOB, which GitHub Actions sets; pass --receipt NAME")
        }
        let values: [String: MatrixValue]?
        do {
            // Of a job without a matrix GitHub gives `null`.
            values = try JSONDecoder().decode([String: MatrixValue]?.self, from: Data(matrix.utf8))
        } catch {
            throw ValidationError(
                "--receipt-matrix takes the JSON of a matrix whose values are texts, numbers or flags; pass "
                    + "--receipt NAME for others")
        }
        // A JSON object has no order that survives, and a name must be the same every time.
        return ([job] + (values ?? [:]).sorted { $0.key < $1.key }.map(\.value.text)).joined(separator: "-")
    }
}

/// One value of a job's matrix.
private struct MatrixValue: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.text = text
        } else if let flag = try? container.decode(Bool.self) {
            text = "\(flag)"
        } else if let number = try? container.decode(Int64.self) {
            text = "\(number)"
        } else {
            text = "\(try container.decode(Double.self))"
        }
    }
}

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
