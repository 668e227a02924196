/// The file name of an artifact, read as its layout says.
public struct ArtifactName: Hashable, Sendable {
    /// The file name.
    public let filename: String
    /// The values of the parts, in the order of the pattern.
    public let values: [String]
    /// Which ending the name has: 0 is the one that is preferred.
    public let endingIndex: Int
    /// How the name is read.
    public let naming: FileNaming

    /// Reads a file name.
    ///
    /// - Parameters:
    ///   - filename: The name without directories. Names of checksum files and all others give `nil`.
    ///   - naming: How names are read; with `nil` there are no artifacts.
    public init?(filename: String, _ naming: FileNaming?) {
        guard let naming, let (values, ending) = naming.read(filename) else { return nil }
        self.filename = filename
        self.values = values
        self.naming = naming
        endingIndex = ending
    }

    /// The value of a part.
    public subscript(part: String?) -> String? {
        part.flatMap { naming.parts.firstIndex(of: $0) }.map { values[$0] }
    }

    /// Which part of the build it is: `lib`, `run`, `dev`, `dbg`, `doc` or `test`; `nil` if names do not tell.
    public var component: String? { self[naming.componentPart] }

    /// What it runs on: a family, or a target; empty if names do not tell.
    public var targetFamily: String { self[naming.familyPart] ?? "" }

    /// Whether it is for every family.
    public var isForAllFamilies: Bool {
        naming.familyPart == nil || naming.forAllFamilies.map { $0 == targetFamily } ?? false
    }

    /// The ending that the name has of those to choose from: `zst`.
    public var ending: String { naming.endings[endingIndex] }

    /// The name without its suffix: the same for one artifact however it is compressed.
    public var stem: String {
        let suffix = (naming.texts.last ?? "") + ending
        return String(decoding: filename.utf8.dropLast(suffix.utf8.count), as: UTF8.self)
    }

    /// The name of the checksum file beside it, if names of this kind have one.
    public var sidecarFilename: String? { naming.checksumSuffix.map { filename + $0 } }

    /// The target family without what follows a `:`, such as `avx512` of `avx512:vnni`.
    public var baseFamily: String { Self.base(of: targetFamily) }

    /// Cuts off what follows a `:` in a target.
    ///
    /// - Parameter target: A target or a target family.
    /// - Returns: What comes before the first `:`.
    public static func base(of target: String) -> String {
        String(decoding: target.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}
