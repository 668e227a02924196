import FoundationEssentials
import HTTPConnections
import NIOHTTP1
import UploadExecution

/// The role of the EC2 instance, from its metadata service, version 2.
struct InstanceCredentials: CredentialsProvider {
    let environment: [String: String]
    let service: CredentialService

    private static let path = "/latest/meta-data/iam/security-credentials/"

    func credentials() async throws -> Credentials? {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let base = environment.value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        let endpoint = base.hasSuffix("/") ? String(base.dropLast()) : base
        let source = "the instance's metadata"
        // Most machines are not instances, and nothing answers there: that is not an error, and must not take long.
        let seconds = environment.value("AWS_METADATA_SERVICE_TIMEOUT").flatMap { Double($0) } ?? 1
        let timeout = Duration.seconds((0.1...300).contains(seconds) ? seconds : 1)
        guard
            let token = try? await service.ask(
                .PUT, endpoint + "/latest/api/token", headers: ["x-aws-ec2-metadata-token-ttl-seconds": "300"],
                source: source, attempts: 1, timeout: timeout, isLocal: true),
            token.isSuccess
        else { return nil }
        let headers: HTTPHeaders = ["x-aws-ec2-metadata-token": String(decoding: token.body, as: UTF8.self)]
        let roles = try await service.ask(
            .GET, endpoint + Self.path, headers: headers, source: source, isLocal: true)
        guard roles.isSuccess, let role = String(decoding: roles.body, as: UTF8.self).split(separator: "\n").first
        else { return nil }
        let answer = try await service.ask(
            .GET, endpoint + Self.path + role, headers: headers, source: source, isLocal: true)
        guard answer.isSuccess else { throw CredentialsError(.refused, "\(source) answered HTTP \(answer.status)") }
        return try CredentialDocument.credentials(in: answer.body, source: "\(source) (role \(role))")
    }
}
