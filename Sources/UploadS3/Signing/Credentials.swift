public import FoundationEssentials

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

    /// Joins the parts.
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

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where they were found, and no more.
    public var description: String { "credentials from \(source)" }

    /// Where they were found, and no more.
    public var debugDescription: String { description }

    /// Shows no stored property.
    public var customMirror: Mirror { Mirror(self, children: ["source": source]) }
}
