/// The formats an archive can have.
public enum ArchiveFormat: String, CaseIterable, Hashable, Sendable {
    case tarGzip = "tar.gz"
    case tarZstandard = "tar.zst"
    case tarXZ = "tar.xz"
    case zip
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
