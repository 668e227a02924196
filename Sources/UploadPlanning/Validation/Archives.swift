import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// An archive's name says what it holds, and its format has the level.
    @Sendable static func checkArchives(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for rule in plan.rules {
            guard case .archive(let archive) = rule.source else { continue }
            checkName(rule, archive, &log)
            checkLevel(archive, &log)
        }
    }

    private static func checkName(_ rule: UploadRule, _ archive: ArchiveSource, _ log: inout DiagnosticLog) {
        let given = rule.destination.arguments.first { $0.argument.value.kind == .filename }?.value ?? archive.name
        guard let given, let name = given.literal else { return }
        let endings = archive.format.value.fileNameEndings
        guard !endings.contains(where: name.hasSuffix) else { return }
        log.warning(
            .nameAndFormat,
            "'\(name)' does not end in '\(endings[0])', and its format is \(archive.format.value.rawValue)",
            at: given.range
        ) { $0.note("the format is given here", at: archive.format.range) }
    }

    private static func checkLevel(_ archive: ArchiveSource, _ log: inout DiagnosticLog) {
        let format = archive.format.value
        guard let level = archive.level, !format.levels.contains(level.value) else { return }
        log.error(
            .illegalValue,
            "\(format.rawValue) has the levels \(format.levels.lowerBound) to \(format.levels.upperBound), not \(level.value)",
            at: level.range
        ) { $0.note("the format is given here", at: archive.format.range) }
    }
}

extension ArchiveFormat {
    /// The endings that names of such archives have.
    var fileNameEndings: [String] {
        switch self {
        case .tarGzip: [".tar.gz", ".tgz"]
        case .tarZstandard: [".tar.zst", ".tar.zstd"]
        case .tarXZ: [".tar.xz", ".txz"]
        case .zip: [".zip"]
        }
    }
}
