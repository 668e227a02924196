import MarkedYAML

extension UploadPlan {
    /// The compression level of an archive is one that its format has.
    @Sendable static func checkArchiveLevels(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for rule in plan.rules {
            guard case .archive(let archive) = rule.source, let level = archive.level else { continue }
            let format = archive.format.value
            guard !format.levels.contains(level.value) else { continue }
            log.error(.illegalValue, "\(format.rawValue) has no compression level \(level.value)", at: level.range) {
                $0.note("the format is given here", at: archive.format.range)
                $0.help.append(format.levelAdvice)
            }
        }
    }
}

extension ArchiveFormat {
    /// The compression levels that the format has.
    public var levels: ClosedRange<Int> {
        switch self {
        case .tarGzip, .tarXZ, .zip: 0...9
        case .tarZstandard: 1...22
        }
    }

    /// The level of an archive whose rule gives none: the format's own default, but for `tar.xz`.
    ///
    /// That one's own, 6, takes 94 MiB of memory, and level 3 takes 32 MiB.
    public var usualLevel: Int {
        switch self {
        case .tarGzip, .zip: 6
        case .tarZstandard, .tarXZ: 3
        }
    }

    /// What to do about a level that the format does not have, in one line.
    public var levelAdvice: String {
        "levels of \(rawValue) go from \(levels.lowerBound) to \(levels.upperBound); without one it is \(usualLevel)"
    }
}
