import SystemPackage

/// Why an archive was not extracted.
package struct ExtractionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is to blame.
    package enum Cause: Hashable, Sendable {
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
