import Foundation
import Testing

/// How an original script is said to our tool.
struct ScriptTranslation {
    /// What a flag of the script means to our tool.
    enum Flag {
        /// A value for a parameter of the plan.
        case parameter(String)
        /// The same option of ours, with the same value.
        case option(String)
        /// Whether anything is uploaded.
        case uploads(Bool)
        /// A dry run.
        case dryRun
    }

    /// The plan that replaces the script.
    var plan: String
    /// Whether the script uploads without being told so.
    var uploadsByDefault = true
    /// Its flags.
    var flags: [String: Flag]

    static let all: [String: ScriptTranslation] = [
        "A-post_build_upload": postBuild
    ]

    private static let postBuild = ScriptTranslation(
        plan: "post-build", uploadsByDefault: false,
        flags: [
            "--artifact-group": .parameter("artifact_group"), "--build-dir": .parameter("build_dir"),
            "--job-status": .parameter("job_status"), "--run-id": .option("--run-id"),
            "--output-dir": .option("--output-dir"), "--upload": .uploads(true), "--no-upload": .uploads(false),
            "--dry-run": .dryRun,
        ])
}

/// A script's command line in the words of our tool.
struct TranslatedCommand {
    /// `apply`, or `plan` where the script only made files in the build tree.
    var verb: String
    /// What follows the verb.
    var arguments: [String]
}

extension RecordedUpload {
    /// The script's command line in the words of our tool.
    func command(in directory: URL) throws -> TranslatedCommand {
        let script = try #require(ScriptTranslation.all[script])
        var uploads = script.uploadsByDefault || env["CI"]?.trimmingCharacters(in: .whitespaces).lowercased() == "true"
        var command = TranslatedCommand(verb: "", arguments: [Tool.manifest(script.plan)])
        var rest = argv[...]
        while let argument = rest.popFirst() {
            let flag = script.flag(argument)
            switch try #require(flag, "what \(argument) means is not known") {
            case .parameter(let name): command.arguments += ["--set", "\(name)=\(try value(&rest, directory))"]
            case .option(let name): command.arguments += [name, try value(&rest, directory)]
            case .uploads(let flag): uploads = flag
            case .dryRun: uploads = false
            }
        }
        command.verb = uploads ? "apply" : "plan"
        if !command.arguments.contains("--output-dir") { command.arguments += ["--output-dir", "out"] }
        return command
    }

    /// The environment of the script.
    func environment(in directory: URL) -> [String: String] {
        env.mapValues { $0.replacing("{WORK}", with: directory.path) }
    }

    /// What all keys of the run begin with.
    var prefix: String {
        for key in objects.map(\.key) {
            if let match = key.firstMatch(of: /^([^\/]+\/)?[^\/]+-(linux|windows)(?=\/)/) {
                return String(match.output.0)
            }
        }
        let runID = argv.indices.dropLast().first { argv[$0] == "--run-id" }.map { argv[$0 + 1] } ?? "local"
        return "\(runID)-linux"
    }

    private func value(_ rest: inout ArraySlice<String>, _ directory: URL) throws -> String {
        let value = rest.popFirst()
        return try #require(value, "a flag without a value").replacing("{WORK}", with: directory.path)
    }
}

extension ScriptTranslation {
    /// What a flag means; the original takes abbreviations.
    fileprivate func flag(_ argument: String) -> Flag? {
        flags[argument] ?? flags.first { $0.key.hasPrefix(argument) }?.value
    }
}
