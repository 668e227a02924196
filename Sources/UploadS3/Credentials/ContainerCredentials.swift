import FoundationEssentials
import HTTPConnections
import LocalFiles
import NIOHTTP1
import UploadExecution

/// The endpoint that ECS and EKS give their containers.
struct ContainerCredentials: CredentialsProvider {
    let environment: [String: String]
    let service: CredentialService

    /// The hosts that may be asked without TLS: the machine itself, ECS and EKS.
    private static let plainHosts: Set = [
        "localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23",
    ]

    func credentials() async throws -> Credentials? {
        let url: String
        if let path = environment.value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = "http://169.254.170.2" + path
        } else if let full = environment.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            url = full
        } else {
            return nil
        }
        guard let origin = URL(string: url).flatMap({ HTTPOrigin($0) }),
            origin.isEncrypted || Self.plainHosts.contains(origin.host)
        else {
            throw CredentialsError(
                .refused, "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that secrets may not be asked of",
                hint: "use https, or the container's own address")
        }
        var headers = HTTPHeaders()
        if let token = try token() { headers.add(name: "authorization", value: token) }
        let source = "the container's credentials endpoint \(origin.authority)"
        let answer = try await service.ask(.GET, url, headers: headers, source: source, isLocal: true)
        guard answer.isSuccess else { throw CredentialsError(.refused, "\(source) answered HTTP \(answer.status)") }
        return try CredentialDocument.credentials(in: answer.body, source: source)
    }

    private func token() throws(CredentialsError) -> String? {
        guard let file = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") else {
            guard let token = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN") else { return nil }
            guard !token.contains(where: \.isNewline) else {
                throw CredentialsError(
                    .refused, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line feed",
                    hint: "set it again without it")
            }
            return token
        }
        guard let bytes = try? SmallFile.read(file, limit: 1 << 20) else {
            throw CredentialsError(
                .refused, "the token of the container's credentials endpoint cannot be read from \(file)",
                hint: "check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        }
        return String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
    }
}
