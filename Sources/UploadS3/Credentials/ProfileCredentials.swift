import FoundationEssentials
import UploadExecution

/// A profile of the shared files: its keys, its `credential_process`, or its role.
struct ProfileCredentials: CredentialsProvider {
    let shared: SharedConfiguration
    /// The profile that the user named, if any.
    let profile: String?
    let environment: [String: String]
    let tokens: TokenService

    func credentials() async throws -> Credentials? {
        let named = profile ?? environment.value("AWS_PROFILE")
        let name = named ?? "default"
        guard shared.profiles[name] != nil || named != nil else { return nil }
        try expect(name)
        return try await credentials(of: name, visited: [])
    }

    /// Makes sure that there is a profile.
    ///
    /// - Parameters:
    ///   - name: The profile.
    ///   - referrer: The profile that names it as its `source_profile`, if one does.
    /// - Throws: ``CredentialsError`` with those that there are.
    private func expect(_ name: String, namedBy referrer: String? = nil) throws(CredentialsError) {
        guard shared.profiles[name] == nil else { return }
        let known = shared.profiles.keys.sorted().joined(separator: ", ")
        throw CredentialsError(
            .refused,
            "there is no profile \(name)" + (referrer.map { ", which is the source_profile of \($0)" } ?? ""),
            hint: known.isEmpty ? "no shared config or credentials file has a profile" : "there are \(known)")
    }

    private func credentials(of name: String, visited: [String]) async throws -> Credentials? {
        guard !visited.contains(name) else {
            throw CredentialsError(
                .refused, "the profiles \((visited + [name]).joined(separator: " -> ")) lead in a circle")
        }
        func setting(_ key: String) -> String? { shared.setting(key, profile: name) }
        if let role = setting("role_arn") {
            return try await assume(role, profile: name, setting: setting, visited: visited)
        }
        if let keys = try keys(of: name) { return keys }
        if let command = setting("credential_process") {
            return try await ProcessCredentials(
                command: command, profile: name, environment: environment, time: tokens.service.time
            ).credentials()
        }
        if setting("sso_session") != nil || setting("sso_start_url") != nil {
            throw CredentialsError(
                .refused, "the profile \(name) signs in with SSO, which is not supported here",
                hint: Self.exportHint(name))
        }
        return nil
    }

    private static func exportHint(_ profile: String) -> String {
        "run: eval \"$(aws configure export-credentials --profile '\(profile)' --format env)\""
    }

    private func assume(
        _ role: String, profile name: String, setting: (String) -> String?, visited: [String]
    ) async throws -> Credentials? {
        if let file = setting("web_identity_token_file") {
            return try await WebIdentityCredentials(
                role: role, tokenFile: file, session: setting("role_session_name"), origin: "profile \(name)",
                tokens: tokens
            ).credentials()
        }
        if let device = setting("mfa_serial") {
            throw CredentialsError(
                .refused,
                "the profile \(name) needs a code of the MFA device \(device), which is not asked for here",
                hint: Self.exportHint(name))
        }
        let asking: Credentials?
        if let source = setting("source_profile") {
            try expect(source, namedBy: name)
            // A profile may name itself: its role is taken with its own keys.
            asking =
                source == name ? try keys(of: name) : try await credentials(of: source, visited: visited + [name])
        } else {
            asking =
                switch setting("credential_source") {
                case "Environment": try await EnvironmentCredentials(environment: environment).credentials()
                case "EcsContainer":
                    try await ContainerCredentials(environment: environment, service: tokens.service).credentials()
                case "Ec2InstanceMetadata":
                    try await InstanceCredentials(environment: environment, service: tokens.service).credentials()
                default: nil
                }
        }
        guard let asking else {
            throw CredentialsError(
                .refused, "the profile \(name) names role \(role), but no credentials to assume it with",
                hint: "give the profile source_profile, credential_source or web_identity_token_file")
        }
        return try await tokens.assumeRole(
            role, as: asking, session: setting("role_session_name") ?? "therock-upload",
            externalID: setting("external_id"))
    }

    private func keys(of name: String) throws(CredentialsError) -> Credentials? {
        func part(_ key: String) throws(CredentialsError) -> String? {
            try shared.setting(key, profile: name).map { value throws(CredentialsError) in
                try Credentials.checked(value, "\(key) of the profile \(name)")
            }
        }
        guard let keyID = try part("aws_access_key_id"), let secret = try part("aws_secret_access_key") else {
            return nil
        }
        return Credentials(
            accessKeyID: keyID, secretAccessKey: secret, sessionToken: try part("aws_session_token"),
            source: "the profile \(name)")
    }
}
