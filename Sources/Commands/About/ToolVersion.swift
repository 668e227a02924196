import CBuildRecord
import UploadPlanning

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
