/// Somewhere that credentials come from.
public protocol CredentialsProvider: Sendable {
    /// Returns credentials, asking whoever hands them out.
    ///
    /// - Returns: The credentials, or `nil` if this is not a place where there are any.
    /// - Throws: ``CredentialsError`` naming the place, if there should be credentials and they cannot be had.
    func credentials() async throws -> Credentials?
}

/// Credentials that were given.
public struct StaticCredentials: CredentialsProvider {
    private let value: Credentials?

    /// Wraps credentials; `nil` stands for none, which allows reading what is public.
    public init(_ credentials: Credentials?) { value = credentials }

    /// Returns the credentials.
    public func credentials() async throws -> Credentials? { value }
}
