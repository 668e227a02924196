import UploadExecution

/// Keys in environment variables.
struct EnvironmentCredentials: CredentialsProvider {
    let environment: [String: String]

    func credentials() async throws -> Credentials? {
        let keyID = environment.value("AWS_ACCESS_KEY_ID")
        let secret = environment.value("AWS_SECRET_ACCESS_KEY")
        guard keyID != nil || secret != nil else { return nil }
        guard let keyID, let secret else {
            let missing = keyID == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
            throw UploadError(
                .accessDenied, "the environment has one half of a key only: \(missing) is not set",
                hint: "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither")
        }
        return Credentials(
            accessKeyID: keyID, secretAccessKey: secret, sessionToken: environment.value("AWS_SESSION_TOKEN"),
            source: "the environment (AWS_ACCESS_KEY_ID)")
    }
}
