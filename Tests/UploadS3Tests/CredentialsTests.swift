import Foundation
import HTTPConnections
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Where credentials come from")
struct CredentialsTests {
    /// Asks the chain, with an environment in which nothing of this machine is seen.
    private func ask(
        _ environment: [String: String], profile: String? = nil, role: String? = nil, isRoleOptional: Bool = false,
        limit: Duration = .seconds(600)
    ) async throws -> Credentials? {
        let transport = HTTPTransport(.patient)
        var environment = environment
        environment["AWS_EC2_METADATA_DISABLED"] = environment["AWS_EC2_METADATA_DISABLED"] ?? "true"
        let chain = CredentialsChain(
            environment: environment, profile: profile, role: role, isRoleOptional: isRoleOptional,
            region: "us-east-1")
        let time = TimeSource(
            now: { Date() }, uptime: { .zero }, sleep: { _ in try Task.checkCancellation() }, limit: { _ in limit },
            random: { 0 })
        let result: Result<Credentials?, any Error>
        do {
            result = .success(try await chain.provider(transport: transport, time: time).credentials())
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    private static let document = """
        {"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s3cr3t/+=", "SessionToken": "t0k3n",
         "Token": "t0k3n", "Expiration": "2030-01-02T03:04:05Z"}
        """

    private static let tokenAnswer = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKID</AccessKeyId>
        <SecretAccessKey>s3cr3t/+=</SecretAccessKey><SessionToken>t0k3n</SessionToken>
        <Expiration>2030-01-02T03:04:05Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>
        """

    private func expectDocument(_ credentials: Credentials?, from source: String) throws {
        let credentials = try #require(credentials)
        #expect(credentials.accessKeyID == "AKID")
        #expect(credentials.secretAccessKey == "s3cr3t/+=")
        #expect(credentials.sessionToken == "t0k3n")
        #expect(credentials.expiration?.timeIntervalSince1970 == 1_893_553_445)
        #expect(credentials.source.contains(source))
    }

    @Test("The environment")
    func environment() async throws {
        let credentials = try await ask([
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "a/b+c=", "AWS_SESSION_TOKEN": "token",
        ])
        #expect(credentials?.secretAccessKey == "a/b+c=" && credentials?.sessionToken == "token")
        let error = await #expect(throws: CredentialsError.self) { try await ask(["AWS_ACCESS_KEY_ID": "AKID"]) }
        #expect(error?.message.contains("AWS_SECRET_ACCESS_KEY is not set") == true)
        #expect(try await ask(["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""]) == nil)
    }

    @Test(
        "A key that no key can be is refused before anything is asked, and not shown",
        arguments: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
        [
            ("a-value\n", "ends with a line feed"), (" a-value", "begins with a blank"),
            ("a-val\0ue", "control character"),
            ("a-value\r\n", "ends with a line feed"), ("a-val ue", "holds a blank"), ("a-valu\u{E9}", "ASCII"),
        ])
    func wrongKeys(_ name: String, _ wrong: (value: String, words: String)) async throws {
        var environment = [
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "a/b+c=", "AWS_SESSION_TOKEN": "token",
        ]
        environment[name] = wrong.value
        let error = await #expect(throws: CredentialsError.self) { try await ask(environment) }
        #expect(error?.message.hasPrefix("\(name) ") == true && error?.message.contains(wrong.words) == true)
        #expect(error?.description.contains("a-val") == false)
        let chain = CredentialsChain(environment: environment, region: "us-east-1")
        #expect(throws: CredentialsError.self) { try chain.check() }
        let other = CredentialsChain(environment: environment, profile: "other", region: "us-east-1")
        #expect(throws: Never.self) { try other.check() }
    }

    @Test(
        "What is wrong with a credential_process is said", .directoryInMemory,
        arguments: [
            ("echo 'no login: run corp-login' >&2; exit 3", "run corp-login"), ("exit 1", "it said nothing"),
            ("echo '{}'", "AccessKeyId"), ("sleep 600 & sleep 600", "did not end within"),
            (#"echo '{"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"soon"}'"#, "is not a time"),
            (
                #"echo '{"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"2001-02-03T04:05:06Z"}'"#,
                "expired at 2001"
            ),
            (#"printf '{"AccessKeyId":"A","SecretAccessKey":"s\\n"}'"#, "SecretAccessKey"),
        ])
    func processes(_ command: String, _ words: String) async throws {
        let folder = try TemporaryDirectory.url()
        try TestFile.write("[default]\ncredential_process = \(command)\n", to: "config", in: folder)
        let files = ["AWS_CONFIG_FILE": folder.appending(path: "config").path, "PATH": "/usr/bin:/bin"]
        let limit = command.hasPrefix("sleep") ? Duration.milliseconds(100) : .seconds(600)
        let error = await #expect(throws: CredentialsError.self) { try await ask(files, limit: limit) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test(
        "A profile that cannot be used says why", .directoryInMemory,
        arguments: [
            ("role_arn = arn:aws:iam::1:role/a\nsource_profile = gone", "there is no profile gone"),
            ("role_arn = arn:aws:iam::1:role/a\nsource_profile = default\nmfa_serial = arn:aws:iam::1:mfa/me", "MFA"),
            ("aws_access_key_id = A\naws_secret_access_key = a b", "aws_secret_access_key of the profile default"),
        ])
    func unusableProfiles(_ settings: String, _ words: String) async throws {
        let folder = try TemporaryDirectory.url()
        try TestFile.write("[default]\n\(settings)\n", to: "config", in: folder)
        let files = ["AWS_CONFIG_FILE": folder.appending(path: "config").path, "PATH": "/usr/bin:/bin"]
        let error = await #expect(throws: CredentialsError.self) { try await ask(files) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test("Profiles: keys, a process, and what is wrong with them", .directoryInMemory)
    func profiles() async throws {
        let folder = try TemporaryDirectory.url()
        try TestFile.write(
            """
            [default]
            region = eu-west-1
            [profile process]
            credential_process = printf '%s' '\(Self.document.replacing("\n", with: " "))'
            [profile failing]
            credential_process = echo s3cr3t >&2; exit 3
            [profile sso]
            sso_session = corp
            [profile circle]
            role_arn = arn:aws:iam::1:role/a
            source_profile = other
            [profile other]
            role_arn = arn:aws:iam::1:role/b
            source_profile = circle
            """, to: "config", in: folder)
        try TestFile.write(
            "[default]\naws_access_key_id=AKDEF\naws_secret_access_key=def\n", to: "credentials", in: folder)
        let files = [
            "AWS_CONFIG_FILE": folder.appending(path: "config").path,
            "AWS_SHARED_CREDENTIALS_FILE": folder.appending(path: "credentials").path, "PATH": "/usr/bin:/bin",
        ]
        #expect(try await ask(files)?.accessKeyID == "AKDEF")
        try expectDocument(try await ask(files, profile: "process"), from: "credential_process of the profile process")
        let refusals = [
            ("failing", "failed"), ("sso", "SSO"), ("circle", "circle"), ("absent", "there is no profile absent"),
        ]
        for (profile, words) in refusals {
            let error = await #expect(throws: CredentialsError.self) { try await ask(files, profile: profile) }
            #expect(error?.message.contains(words) == true, "\(profile)")
        }
        // The environment's keys win over a profile that the environment names, and lose against a named one.
        let keys = ["AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "env"]
        #expect(try await ask(files.merging(keys) { $1 })?.accessKeyID == "AKENV")
        #expect(try await ask(files.merging(keys) { $1 }, profile: "default")?.accessKeyID == "AKDEF")
    }

    @Test("A web identity token in a file", .directoryInMemory)
    func webIdentity() async throws {
        let token = try TestFile.write("web-identity\n", to: "token", in: TemporaryDirectory.url())
        try await FaultProxy.run(to: nil, { _ in .answer(200, Self.tokenAnswer) }) { service in
            let credentials = try await ask([
                "AWS_WEB_IDENTITY_TOKEN_FILE": token.path.text, "AWS_ROLE_ARN": "arn:aws:iam::1:role/ci",
                "AWS_ENDPOINT_URL_STS": service.url,
            ])
            try expectDocument(credentials, from: "arn:aws:iam::1:role/ci")
            #expect(service.requests.map(\.method) == [.POST])
        }
    }

    @Test("GitHub's OIDC token for the role of the bucket policy")
    func github() async throws {
        try await FaultProxy.run(
            to: nil, { .answer(200, $0.method == .GET ? #"{"value": "jwt"}"# : Self.tokenAnswer) }
        ) { service in
            let environment = [
                "ACTIONS_ID_TOKEN_REQUEST_URL": service.url + "/token?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-secret", "AWS_ENDPOINT_URL_STS": service.url,
            ]
            try expectDocument(
                try await ask(environment, role: "arn:aws:iam::1:role/ci"), from: "GitHub's OIDC token")
            let request = try #require(service.requests.first)
            #expect(request.uri == "/token?api-version=2.0&audience=sts.amazonaws.com")
            #expect(request.headers.first(name: "authorization") == "bearer bearer-secret")
            #expect(try await ask(environment) == nil, "without a role there is nothing to ask for")
        }
    }

    @Test("A token service that refuses says which role and whose token")
    func refusedRole() async throws {
        let refusal =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>"
        try await FaultProxy.run(
            to: nil, { $0.method == .GET ? .answer(200, #"{"value": "jwt"}"#) : .answer(403, refusal) }
        ) { service in
            let environment = [
                "ACTIONS_ID_TOKEN_REQUEST_URL": service.url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-secret",
                "AWS_ENDPOINT_URL_STS": service.url,
            ]
            let role = "arn:aws:iam::1:role/ci"
            let error = await #expect(throws: CredentialsError.self) { try await ask(environment, role: role) }
            let others = try await ask(environment, role: role, isRoleOptional: true)
            #expect(others == nil, "to read, none will do")
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("role/ci") == true && error?.message.contains("GitHub") == true)
            #expect(error?.description.contains("jwt") == false && error?.description.contains("bearer") == false)
        }
    }

    @Test("The container's endpoint, and no other host without TLS")
    func container() async throws {
        try await FaultProxy.run(to: nil, { _ in .answer(200, Self.document) }) { service in
            let credentials = try await ask([
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
            ])
            try expectDocument(credentials, from: "container")
            #expect(service.requests.first?.headers.first(name: "authorization") == "token")
        }
        await #expect(throws: CredentialsError.self) {
            try await ask(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/"])
        }
    }

    @Test("The instance's metadata, version 2")
    func instance() async throws {
        try await FaultProxy.run(to: nil) { request in
            switch request.uri {
            case "/latest/api/token": request.method == .PUT ? .answer(200, "imds-token") : .answer(405, "")
            case "/latest/meta-data/iam/security-credentials/": .answer(200, "builder")
            default: .answer(200, Self.document)
            }
        } _: { service in
            let credentials = try await ask([
                "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url,
                "AWS_METADATA_SERVICE_TIMEOUT": "60",
            ])
            try expectDocument(credentials, from: "role builder")
            #expect(service.requests.last?.headers.first(name: "x-aws-ec2-metadata-token") == "imds-token")
        }
    }
}
