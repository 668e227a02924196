import UploadExecution

/// Why credentials that there should be cannot be had.
public struct CredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Kind: Hashable, Sendable {
        /// They are refused, or are not as credentials are.
        case refused
        /// A service does not answer, in a way that may pass.
        case unavailable
        /// They are asked for in a way that cannot be carried out.
        case other
    }

    /// What kind of reason it is.
    public var kind: Kind
    /// What went wrong, in one line.
    public var message: String
    /// What to do about it, in one line, if there is something.
    public var hint: String?

    init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// The message, and the hint behind it.
    public var description: String { hint.map { "\(message) (\($0))" } ?? message }
}

extension StoreError {
    /// What it means for a store that there are no credentials.
    package init(_ error: CredentialsError) {
        let code: Code =
            switch error.kind {
            case .refused: .accessDenied
            case .unavailable: .unavailable
            case .other: .other
            }
        self.init(code, error.message, hint: error.hint)
    }
}
