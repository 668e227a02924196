import UploadPlanning

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
