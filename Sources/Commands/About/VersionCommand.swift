import ArgumentParser
import CBuildRecord
import CDeflate
import CExpat
import CLibArchive
import CLibYAML
import CZlib
import UploadPlanning

/// `version`: prints the version, and what the program was built from.
struct VersionCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version, the commit and the libraries of this program.",
        discussion: "`--version` prints the number alone, and with `--format json` what this command prints.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "text or json.")
    var format = Format.text

    func run(in context: Context) async throws {
        switch format {
        case .text: context.output.text(VersionText.plain)
        case .json: context.output.data(VersionText.json)
        }
    }
}

/// The version of this program as text.
enum VersionText {
    /// What the program can do that another build of it might not.
    static let features: [String] =
        ["s3", "https", "directory"] + ArchiveFormat.allCases.map { "archive:\($0.rawValue)" }

    /// For people: a few lines.
    static var plain: String {
        let record = BuildRecord.current
        var lines = ["therock-upload \(ToolVersion.number)"]
        lines.append(
            "commit     "
                + (record.commit.map { "\($0) of \(record.date ?? "an unknown date")" }
                    ?? "not recorded: not built by `make release`"))
        if let toolchain = record.toolchain { lines.append("toolchain  \(toolchain)") }
        if let target = record.target { lines.append("target     \(target)") }
        lines.append("features   \(features.joined(separator: " "))")
        let libraries = LinkedLibrary.ofSystem + record.packages
        lines.append("libraries  " + libraries.map { "\($0.name) \($0.version)" }.joined(separator: ", "))
        return lines.joined(separator: "\n") + "\n"
    }

    /// For programs: `therock-upload/version/v1`.
    static var json: String {
        let record = BuildRecord.current
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        func list(_ libraries: [LinkedLibrary]) -> JSONValue {
            .array(libraries.map { .object([("name", .string($0.name)), ("version", .string($0.version))]) })
        }
        return JSONValue.object([
            ("format", .string("therock-upload/version/v1")),
            ("version", .string(ToolVersion.number)),
            ("commit", text(record.commit)),
            ("date", text(record.date)),
            ("toolchain", text(record.toolchain)),
            ("target", text(record.target)),
            ("features", .array(features.map { .string($0) })),
            ("libraries", list(LinkedLibrary.ofSystem)),
            ("packages", list(record.packages)),
        ]).text(spreadTo: 2)
    }
}

/// What this program is: its version, and what it was built from.
enum ToolVersion {
    /// The version, which the file VERSION beside this one sets for the program, its packages and the action.
    static let number = String(String(decoding: PackageResources.VERSION, as: UTF8.self).prefix { !$0.isNewline })

    /// What `--version` prints: the number, or all of it if `--format json` is on the command line too.
    ///
    /// - Parameter arguments: The command line.
    /// - Returns: The text, without a line break at the end.
    static func answer(to arguments: [String]) -> String {
        let asksForJSON =
            arguments.contains("--format=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == ("--format", "json") }
        // The parser ends what it prints with a line break.
        return asksForJSON ? String(VersionText.json.dropLast()) : number
    }
}

/// What `make release` noted while it linked the program; a build of SwiftPM alone knows none of it.
struct BuildRecord {
    /// The Git commit, followed by `-dirty` if the tree held more than that.
    let commit: String?
    /// When that commit was made, as in RFC 3339.
    let date: String?
    /// The compiler, as it names itself.
    let toolchain: String?
    /// The machine that the program is for.
    let target: String?
    /// The Swift packages that are part of it.
    let packages: [LinkedLibrary]

    /// The record of this program.
    static let current = BuildRecord(parsing: unsafe String(cString: therock_upload_build_record()))

    /// Reads a record.
    ///
    /// - Parameter text: Lines `key value`; see `build_record.h`. Unknown keys are left out.
    init(parsing text: String) {
        var values: [Substring: String] = [:]
        var packages: [LinkedLibrary] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            if words[0] == "package", let space = words[1].firstIndex(of: " ") {
                let version = words[1][words[1].index(after: space)...]
                packages.append(LinkedLibrary(name: String(words[1][..<space]), version: String(version)))
            } else {
                values[words[0]] = String(words[1])
            }
        }
        commit = values["commit"]
        date = values["date"]
        toolchain = values["toolchain"]
        target = values["target"]
        self.packages = packages
    }
}

/// A library that is part of the program, or that it loads.
struct LinkedLibrary {
    /// As its makers call it.
    var name: String
    /// As it says itself.
    var version: String

    /// The system's libraries that this program works with, by their names.
    static let ofSystem: [LinkedLibrary] = {
        var libraries = [
            LinkedLibrary(name: "libdeflate", version: LIBDEFLATE_VERSION_STRING),
            LinkedLibrary(name: "libyaml", version: unsafe String(cString: yaml_get_version_string())),
            LinkedLibrary(name: "zlib", version: unsafe String(cString: zlibVersion())),
        ]
        // "expat_2.5.0"
        if let name = unsafe XML_ExpatVersion() {
            let words = unsafe String(cString: name).split(separator: "_")
            libraries += words.dropFirst().map { LinkedLibrary(name: "libexpat", version: String($0)) }
        }
        // "libarchive 3.6.2 zlib/1.2.13 liblzma/5.4.1 bz2lib/1.0.8 liblz4/1.9.4 libzstd/1.5.4"
        if let details = unsafe archive_version_details() {
            let words = unsafe String(cString: details).split(separator: " ")
            libraries += words.dropFirst().prefix(1).map { LinkedLibrary(name: "libarchive", version: String($0)) }
            for word in words.dropFirst(2) {
                let parts = word.split(separator: "/")
                guard parts.count == 2, parts[0] != "zlib" else { continue }
                libraries.append(
                    LinkedLibrary(name: parts[0] == "bz2lib" ? "libbz2" : String(parts[0]), version: String(parts[1])))
            }
        }
        return libraries.sorted { $0.name < $1.name }
    }()
}
