import SystemPackage

/// Why an archive was not extracted.
package struct ExtractionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is to blame.
    package enum Cause: Equatable, Sendable {
        /// The archive is broken, or not safe to extract.
        case archive
        /// What it is extracted into; what reports call the failure.
        case directory(StoreError.Code)
    }

    /// What is to blame.
    package var cause: Cause
    /// What went wrong, in one line without the archive's name.
    package var message: String
    /// What to do about it, in one line, if there is something.
    package var hint: String?

    /// Blames the archive.
    init(_ message: String, hint: String? = nil) {
        cause = .archive
        self.message = message
        self.hint = hint
    }

    /// Blames the directory, or the file that holds the archive.
    init(destination error: Errno) {
        let failure = StoreError(destination: error)
        cause = .directory(failure.code)
        message = failure.message
        hint = failure.hint
    }

    /// Says that libarchive could not even begin.
    static let noArchiveMemory = ExtractionError("an archive cannot be read: no memory is left")

    /// The message, and the hint behind it.
    package var description: String { hint.map { "\(message) (\($0))" } ?? message }
}

extension StoreError {
    /// What it means for a fetch that an archive was not extracted.
    init(_ error: ExtractionError) {
        let code: Code = if case .directory(let code) = error.cause { code } else { .damaged }
        self.init(code, error.message, hint: error.hint)
    }
}

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
