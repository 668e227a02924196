import UploadExecution

/// Keys in environment variables.
struct EnvironmentCredentials: CredentialsProvider {
    let environment: [String: String]

    func credentials() async throws -> Credentials? { try keys() }

    /// Reads the variables.
    ///
    /// - Throws: ``CredentialsError`` that names the variable which is missing, or is not as keys are.
    func keys() throws(CredentialsError) -> Credentials? {
        let keyID = environment.value("AWS_ACCESS_KEY_ID")
        let secret = environment.value("AWS_SECRET_ACCESS_KEY")
        guard keyID != nil || secret != nil else { return nil }
        guard let keyID, let secret else {
            let missing = keyID == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
            throw CredentialsError(
                .refused, "the environment has one half of a key only: \(missing) is not set",
                hint: "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither")
        }
        let token = try environment.value("AWS_SESSION_TOKEN").map { token throws(CredentialsError) in
            try Credentials.checked(token, "AWS_SESSION_TOKEN")
        }
        return Credentials(
            accessKeyID: try Credentials.checked(keyID, "AWS_ACCESS_KEY_ID"),
            secretAccessKey: try Credentials.checked(secret, "AWS_SECRET_ACCESS_KEY"), sessionToken: token,
            source: "the environment (AWS_ACCESS_KEY_ID)")
    }
}
