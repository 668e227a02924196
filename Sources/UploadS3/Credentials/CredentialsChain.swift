import FoundationEssentials
import HTTPConnections
import Synchronization
public import UploadExecution

/// Where credentials come from: the first place that has some, in the order of the AWS SDKs.
///
/// The environment; a web identity token; GitHub's token for the role that the bucket policy names; the profile, with
/// its keys, its `credential_process` or its role; the container's endpoint; the instance's.
public struct CredentialsChain: Sendable {
    private let environment: [String: String]
    private let profile: String?
    private let role: String?
    private let isRoleOptional: Bool
    private let region: String
    private let secrets: KnownSecrets

    /// Sets the places.
    ///
    /// - Parameters:
    ///   - environment: The environment.
    ///   - profile: The profile that the user named, which then comes first.
    ///   - role: The role that the bucket policy names, to be had for GitHub's token.
    ///   - isRoleOptional: Whether a refusal of that role is not an error: to read, other credentials or none may do.
    ///   - region: The region whose token service is asked.
    ///   - secrets: Takes note of keys and tokens that are found.
    public init(
        environment: [String: String], profile: String? = nil, role: String? = nil, isRoleOptional: Bool = false,
        region: String, secrets: KnownSecrets = KnownSecrets()
    ) {
        self.environment = environment
        self.profile = profile
        self.role = role
        self.isRoleOptional = isRoleOptional
        self.region = region
        self.secrets = secrets
    }

    /// Makes sure of what can be seen before anything is asked: keys in the environment, if they will be used.
    ///
    /// - Throws: ``CredentialsError`` that names the variable.
    public func check() throws(CredentialsError) {
        if profile == nil { _ = try EnvironmentCredentials(environment: environment).keys() }
    }

    /// The places that are looked at, in order, for messages.
    public static let places = [
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN",
        "GitHub's OIDC token for the role of the bucket policy", "the profile in ~/.aws/config and ~/.aws/credentials",
        "the container's endpoint", "the instance's metadata",
    ]

    func provider(transport: HTTPTransport, time: TimeSource) -> any CredentialsProvider {
        let service = CredentialService(transport: transport, time: time)
        let tokens = TokenService(
            service: service, region: region,
            endpoint: environment.value("AWS_ENDPOINT_URL_STS") ?? environment.value("AWS_ENDPOINT_URL"))
        let environmentKeys = EnvironmentCredentials(environment: environment)
        let profiles = ProfileCredentials(
            shared: SharedConfiguration(environment: environment), profile: profile, environment: environment,
            tokens: tokens)
        let others: [any CredentialsProvider] = [
            WebIdentityCredentials(environment: environment, tokens: tokens),
            GitHubCredentials(
                environment: environment, role: role, isOptional: isRoleOptional, service: service, tokens: tokens),
        ]
        let machine: [any CredentialsProvider] = [
            ContainerCredentials(environment: environment, service: service),
            InstanceCredentials(environment: environment, service: service),
        ]
        return FirstOf(
            providers: profile == nil ? [environmentKeys] + others + [profiles] + machine : [profiles] + machine,
            secrets: secrets)
    }

    private struct FirstOf: CredentialsProvider {
        let providers: [any CredentialsProvider]
        let secrets: KnownSecrets

        func credentials() async throws -> Credentials? {
            for provider in providers {
                guard let credentials = try await provider.credentials() else { continue }
                secrets.add(credentials.secretAccessKey)
                credentials.sessionToken.map { secrets.add($0) }
                return credentials
            }
            return nil
        }
    }
}

extension [String: String] {
    /// The value of a variable that is set and not empty.
    func value(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

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

    public func credentials() async throws -> Credentials? { value }
}

/// Keeps credentials while they are good, and renews them before they are not: once, however many requests wait.
final class CredentialsCache: Sendable {
    private struct State {
        var current: Credentials?
        /// Whether it was found out that there are none: most places are slow to say so.
        var hasNone = false
        var received = Date.distantPast
        var renewal: Task<Credentials?, any Error>?
    }

    private let provider: any CredentialsProvider
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    init(_ provider: any CredentialsProvider, now: @escaping @Sendable () -> Date) {
        self.provider = provider
        self.now = now
    }

    /// Returns credentials that are good for a while.
    ///
    /// - Returns: The credentials, or `nil` if there are none to be found.
    /// - Throws: ``StoreError`` if they cannot be had and the last ones have expired.
    func credentials() async throws -> Credentials? {
        let now = now()
        let (current, renewal) = state.withLock { state -> (Credentials?, Task<Credentials?, any Error>?) in
            if let current = state.current, !Self.isDue(current, received: state.received, now: now) {
                return (current, nil)
            }
            if state.hasNone { return (nil, nil) }
            let renewal = state.renewal ?? startRenewal()
            state.renewal = renewal
            return (state.current, renewal)
        }
        guard let renewal else { return current }
        do {
            return try await renewal.value
        } catch {
            // What is still good serves until whoever hands them out answers again.
            if let current, let expiration = current.expiration, expiration > self.now() { return current }
            if let error = error as? CredentialsError { throw StoreError(error) }
            throw error
        }
    }

    /// Takes note that a store has called credentials expired.
    ///
    /// - Parameter used: The credentials of that request: others may have been fetched since.
    func invalidate(_ used: Credentials) {
        state.withLock { state in
            if state.current == used { state.current = nil }
        }
    }

    private func startRenewal() -> Task<Credentials?, any Error> {
        Task {
            let result: Result<Credentials?, any Error>
            do { result = .success(try await provider.credentials()) } catch { result = .failure(error) }
            let received = now()
            state.withLock { state in
                state.renewal = nil
                if case .success(let credentials) = result {
                    state.current = credentials
                    state.hasNone = credentials == nil
                    state.received = received
                }
            }
            return try result.get()
        }
    }

    /// Whether credentials are due: five minutes before they expire, and short-lived ones in their last quarter.
    private static func isDue(_ credentials: Credentials, received: Date, now: Date) -> Bool {
        guard let expiration = credentials.expiration else { return false }
        let margin = min(300, expiration.timeIntervalSince(received) / 4)
        return now >= expiration.addingTimeInterval(-margin)
    }
}
