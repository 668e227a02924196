import FoundationEssentials
import HTTPConnections
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
    ///   - isRoleOptional: Whether a refusal of that role is no error: to read, other credentials or none may do.
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
