import HTTPConnections

extension GitHubFailure {
    /// Explains why there was no answer.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - url: The URL that was asked.
    init(_ error: TransportError, url: String) {
        retry = error.isTransient ? .backOff : .never
        let network = "check the network, the proxy and GITHUB_API_URL"
        self.error =
            switch error.kind {
            case .unreachable, .unsendable:
                GitHubError(
                    .unreachable, "GitHub cannot be reached at \(url): \(error.message)", hint: error.hint ?? network)
            case .timeout: GitHubError(.unreachable, "GitHub did not answer \(url) in time", hint: network)
            case .interrupted:
                GitHubError(
                    .unreachable, "the connection to GitHub failed at \(url): \(error.message)", hint: network)
            case .untrusted:
                GitHubError(
                    .unreachable, "GitHub cannot be trusted at \(url): \(error.message)",
                    hint: SystemCertificates.areInstalled
                        ? "check GITHUB_API_URL and the system's certificates" : SystemCertificates.advice)
            case .refusedByProxy: GitHubError(.unreachable, "\(error.message), for \(url)", hint: error.hint)
            case .unusable:
                GitHubError(
                    .unreadableAnswer, "the answer to \(url) cannot be used: \(error.message)",
                    hint: GitHubError.notTheAPI)
            }
    }
}
