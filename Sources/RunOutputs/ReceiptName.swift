/// The name of the receipt that one attempt of a job leaves below `receipts/`: `NAME-ATTEMPT.json`.
public struct ReceiptName: Hashable, Comparable, Sendable {
    /// What the job calls itself, for example `build-gfx94X-dcgpu`.
    public let name: String
    /// Which attempt of the run it was, from 1.
    public let attempt: Int

    /// The name that the record of the whole run has, and no job may take.
    public static let reserved = "run"

    /// Names a receipt.
    ///
    /// - Parameters:
    ///   - name: What the job calls itself: one segment of a key.
    ///   - attempt: Which attempt of the run it is, from 1.
    /// - Throws: ``InvalidReceiptName`` if the name cannot be part of a key, or is reserved.
    public init(_ name: String, attempt: Int) throws(InvalidReceiptName) {
        do {
            try InvalidPathValue.check(segment: name)
        } catch {
            throw .illegal(name, error)
        }
        guard name != Self.reserved else { throw .reserved }
        guard name.utf8.count <= Self.maximumLength else { throw .tooLong(name) }
        self.name = name
        self.attempt = attempt
    }

    /// Reads the name of a receipt's file; `nil` for any other file, and for the record of the run.
    ///
    /// - Parameter filename: The last segment of a key.
    public init?(filename: String) {
        guard
            let suffix = Self.suffixes.first(where: { filename.utf8.count > $0.utf8.count && filename.hasSuffix($0) }),
            let dash = filename.dropLast(suffix.count).lastIndex(of: "-")
        else { return nil }
        let digits = filename[filename.index(after: dash)...].dropLast(suffix.count)
        // Without leading zeros, so that every receipt has one name.
        guard let attempt = Int(digits), attempt > 0, "\(attempt)" == digits,
            let name = try? ReceiptName(String(filename[..<dash]), attempt: attempt)
        else { return nil }
        self = name
    }

    /// The files that a receipt may be in: as JSON, or as JSON compressed with Zstandard where that is large.
    public var filenames: [String] { Self.suffixes.map { "\(name)-\(attempt)\($0)" } }

    private static let suffixes = [".json", ".json.zst"]

    /// File systems and some stores take no segment of more than 255 bytes.
    private static let maximumLength = 200

    /// Orders by the bytes of the name, then by attempt.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        let (left, right) = (ExactString(lhs.name), ExactString(rhs.name))
        return left == right ? lhs.attempt < rhs.attempt : left < right
    }
}

/// Why a text cannot be the name of a receipt.
public enum InvalidReceiptName: Error, Equatable, Sendable, CustomStringConvertible {
    /// It cannot be part of a key.
    case illegal(String, InvalidPathValue)
    /// It is the name of the record of the run.
    case reserved
    /// It is longer than file systems take.
    case tooLong(String)

    public var description: String {
        switch self {
        case .illegal(let name, let rule): "the receipt's name '\(name.escapingControlCharacters)' \(rule)"
        case .reserved: "the receipt's name must not be '\(ReceiptName.reserved)': that is the record of the whole run"
        case .tooLong(let name): "the receipt's name is \(name.utf8.count) bytes long, and at most 200 are allowed"
        }
    }
}
