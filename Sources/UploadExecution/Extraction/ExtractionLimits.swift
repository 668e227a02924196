/// What an archive may hold: more is taken for an attack, or a mistake.
public struct ExtractionLimits: Hashable, Sendable {
    /// The most members.
    public var members = 500_000
    /// The most bytes of content that are written whatever the size of the archive.
    public var bytes: Int64 = 1 << 30
    /// How many times larger than the archive the content may be, where it is more than ``bytes``.
    public var ratio: Int64 = 200

    /// The usual limits.
    public init() {}

    /// The most bytes of content of an archive.
    func bytes(ofArchive size: Int64) -> Int64 {
        let (product, overflows) = size.multipliedReportingOverflow(by: ratio)
        return overflows ? .max : max(bytes, product)
    }
}
