import Foundation
import Testing

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
        var command = TranslatedCommand(verb: "", arguments: [Tool.manifest(script.plan)] + policy)
        var rest = argv[...]
        while let argument = rest.popFirst() {
            switch script.flag(argument) ?? .unknown(argument) {
            case .parameter(let name): command.arguments += ["--set", "\(name)=\(try value(&rest, directory))"]
            case .packages(let name):
                let place = try value(&rest, directory)
                let hasResults = isDirectory(place + "/dist", in: directory) || self.script.hasPrefix("A-")
                command.arguments += ["--set", "\(name)=\(place)\(hasResults ? "/dist" : "")"]
            case .logDirectory(let name):
                let place = try value(&rest, directory).split(separator: "/").drop { $0 == "logs" }
                if !place.isEmpty { command.arguments += ["--set", "\(name)=\(place.joined(separator: "/"))"] }
            case .option(let name):
                command.arguments += [name, try value(&rest, directory)]
            case .ignored: _ = try value(&rest, directory)
            case .multiarch: command.arguments += ["--set", "multiarch=true"]
            case .uploads(let flag): uploads = flag
            case .unknown(let flag): command.arguments.append(flag)
            }
        }
        command.verb = uploads ? "apply" : "plan"
        return command
    }

    /// The bucket policy of the script's state: that of state C is built in.
    private var policy: [String] {
        guard script.hasPrefix("A-") else { return [] }
        let file = "Tests/RunOutputsTests/Fixtures/buckets-state-a.yaml"
        return ["--buckets", Tool.repository.appending(path: file).path]
    }

    /// The environment of the script.
    func environment(in directory: URL) -> [String: String] {
        // The original's policy served everybody; ours serves others only if they ask for it.
        env.mapValues { $0.replacing("{WORK}", with: directory.path) }
            .merging(["THEROCK_UPLOAD_BUCKETS": "therock"]) { $1 }
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

    private func isDirectory(_ path: String, in directory: URL) -> Bool {
        var isDirectory: ObjCBool = false
        let place = path.hasPrefix("/") ? path : directory.path + "/" + path
        return unsafe FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) && isDirectory.boolValue
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
