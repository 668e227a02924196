/// The file name of an artifact archive: `{name}_{component}_{target_family}.tar.{zst,xz}`.
///
/// None of the three parts holds a `_`, so a file name is read in one way only.
public struct ArtifactName: Hashable, Sendable {
    /// How an archive is compressed.
    public enum Compression: String, CaseIterable, Hashable, Sendable {
        /// Zstandard, which multi-arch runs write.
        case zstandard = "zst"
        /// XZ, which single-stage runs write.
        case xz
    }

    /// What was built: `rocblas`.
    public let name: String
    /// Which part of it: `lib`, `run`, `dev`, `dbg`, `doc` or `test`.
    public let component: String
    /// What it runs on: `generic`, a family (`gfx94X-dcgpu`), or a target (`gfx942`, `gfx942:xnack+`).
    public let targetFamily: String
    /// How the archive is compressed.
    public let compression: Compression

    /// The target family of what runs on every GPU.
    public static let genericFamily = "generic"

    /// What the name of a checksum file has behind the name of the file that it is about.
    public static let sidecarSuffix = ".sha256sum"

    /// Reads a file name.
    ///
    /// - Parameter filename: The name without directories. Names of checksum files and all others give `nil`.
    public init?(filename: String) {
        guard let (stem, compression) = Self.cut(filename) else { return nil }
        let parts = stem.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }), !stem.contains(UInt8(ascii: "/")) else {
            return nil
        }
        name = String(decoding: parts[0], as: UTF8.self)
        component = String(decoding: parts[1], as: UTF8.self)
        targetFamily = String(decoding: parts[2], as: UTF8.self)
        self.compression = compression
    }

    private static func cut(_ filename: String) -> (stem: ArraySlice<UInt8>, Compression)? {
        let bytes = Array(filename.utf8)
        for compression in Compression.allCases {
            let suffix = Array(".tar.\(compression.rawValue)".utf8)
            if bytes.count > suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) {
                return (bytes.dropLast(suffix.count), compression)
            }
        }
        return nil
    }

    /// The name without `.tar.{zst,xz}`: the same for one artifact however it is compressed.
    public var stem: String { "\(name)_\(component)_\(targetFamily)" }

    /// The file name.
    public var filename: String { "\(stem).tar.\(compression.rawValue)" }

    /// The name of the checksum file beside it.
    public var sidecarFilename: String { filename + Self.sidecarSuffix }

    /// The target family without what stands behind a `:`, such as `gfx942` of `gfx942:xnack+`.
    public var baseFamily: String { Self.base(of: targetFamily) }

    /// Cuts off what stands behind a `:` in a target.
    ///
    /// - Parameter target: A target or a target family.
    /// - Returns: What stands before the first `:`.
    public static func base(of target: String) -> String {
        String(decoding: target.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}
