public import FoundationEssentials
import UploadExecution

/// What requests are signed with.
///
/// No description of a value, not even a debugger's dump, shows the secret or the token.
public struct Credentials: Hashable, Sendable {
    /// The public half of the key.
    public let accessKeyID: String
    /// The secret half of the key.
    public let secretAccessKey: String
    /// The token that temporary credentials come with.
    public let sessionToken: String?
    /// When they stop working, or `nil` where they do not, or nobody said.
    public let expiration: Date?
    /// Where they were found, as errors name it: "the environment (AWS_ACCESS_KEY_ID)".
    public let source: String

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil,
        source: String
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.source = source
    }
}

extension Credentials {
    /// Makes sure that a part of a key holds nothing that no key holds: it would be refused after many attempts.
    ///
    /// - Parameters:
    ///   - value: The part.
    ///   - name: What the user calls it: "AWS_SESSION_TOKEN".
    /// - Returns: The part.
    /// - Throws: ``CredentialsError`` that names it and does not show it.
    static func checked(_ value: String, _ name: String) throws(CredentialsError) -> String {
        let scalars = value.unicodeScalars
        func isForeign(_ scalar: Unicode.Scalar) -> Bool { !("!"..."~").contains(scalar) }
        guard let first = scalars.firstIndex(where: isForeign) else { return value }
        let problem =
            if scalars[first...].allSatisfy(isForeign) {
                "ends with \(scalars[first].kind)"
            } else if first == scalars.startIndex {
                "begins with \(scalars[first].kind)"
            } else {
                "holds \(scalars[first].kind)"
            }
        throw CredentialsError(
            .refused, "\(name) \(problem), which no key has",
            hint: "set it again without that: `echo` adds a line feed, `printf %s` does not")
    }
}

extension Unicode.Scalar {
    fileprivate var kind: String {
        switch self {
        case "\n", "\r": "a line feed"
        case " ", "\t": "a blank"
        default: properties.generalCategory == .control ? "a control character" : "a character other than ASCII"
        }
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where they were found, and no more.
    public var description: String { "credentials from \(source)" }

    /// Where they were found, and no more.
    public var debugDescription: String { description }

    /// Shows no stored property.
    public var customMirror: Mirror { Mirror(self, children: ["source": source]) }
}

/// Why credentials that there should be cannot be had.
public struct CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
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
