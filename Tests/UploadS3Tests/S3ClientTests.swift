import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning

@testable import UploadS3

@Suite("What the client makes of answers")
struct S3ClientTests {
    /// Runs a test with a backend whose store gives the answers of a closure.
    private func run(
        provider: any CredentialsProvider = StaticCredentials(
            Credentials(accessKeyID: "AKID", secretAccessKey: "secret", source: "the test")),
        _ change: (inout S3Configuration) -> Void = { _ in },
        answering decide: @escaping FaultProxy.Decision, _ body: (S3Backend, FaultProxy) async throws -> Void
    ) async throws {
        try await FaultProxy.run(to: nil, decide) { store in
            var configuration = S3Configuration()
            configuration.endpoint = try S3Endpoint(url: store.url, addressing: .path)
            configuration.retries.baseDelay = .milliseconds(1)
            change(&configuration)
            let backend = S3Backend(configuration: configuration, provider: provider)
            do {
                try await body(backend, store)
            } catch {
                await backend.shutdown()
                throw error
            }
            await backend.shutdown()
        }
    }

    private func upload(_ backend: S3Backend, key: String = "key") async throws -> UploadReceipt {
        try await backend.upload(
            UploadRequest(
                body: .bytes([1, 2, 3]), destination: OutputLocation(bucket: "bucket", key: ExactString(key)),
                contentType: "text/plain"), progress: { _ in })
    }

    @Test("Follows the bucket to its region, once")
    func region() async throws {
        try await run { request in
            request.headers.first(name: "authorization")?.contains("/eu-west-1/s3/") == true
                ? .stored
                : .answer(
                    400,
                    "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>"
                )
        } _: { backend, store in
            _ = try await upload(backend)
            _ = try await upload(backend)
            #expect(store.requests.count == 3)
            #expect(backend.client.region(of: "bucket") == "eu-west-1")
        }
    }

    @Test("One redirection teaches all requests that wait or are under way")
    func regionOfMany() async throws {
        let moved =
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>"
        try await run { request in
            request.headers.first(name: "authorization")?.contains("/eu-west-1/s3/") == true
                ? .error(404, "NoSuchKey") : .answer(400, moved)
        } _: { backend, store in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<64 {
                    let location = OutputLocation(bucket: "bucket", key: ExactString("\(index)"))
                    group.addTask {
                        do {
                            _ = try await backend.client.get(location, range: nil, etag: "")
                            return false
                        } catch let failure as S3Failure where failure.kind == .notFound {
                            return true
                        }
                    }
                }
                for try await isAbsent in group { #expect(isAbsent) }
            }
            #expect(store.requests.count < 128)
        }
    }

    @Test(
        "An answer that is not S3's is shown, and no permission is blamed for it",
        arguments: [
            (403, "<html><title>Web Gateway</title><script>x()</script><body>Blocked by IT\u{1B}[31m</body></html>"),
            (403, "Web Gateway: Blocked by IT"), (407, "<p>Web Gateway</p>Blocked by IT"),
        ])
    func foreign(_ status: Int, _ page: String) async throws {
        try await run { _ in
            .answer(status, page)
        } _: { backend, store in
            let error = await #expect(throws: StoreError.self) { try await upload(backend) }
            let text = error?.description ?? ""
            #expect(text.contains("Web Gateway") && text.contains("Blocked by IT") && text.contains("\(status)"))
            #expect(!text.contains("s3:PutObject") && !text.contains("x()") && !text.contains("\u{1B}"))
            #expect(store.requests.count == 1)
        }
    }

    @Test("A bucket's name in policies has no slash at its end")
    func bucketARN() async throws {
        try await run { _ in
            .error(403, "AccessDenied")
        } _: { backend, _ in
            let findings = await backend.diagnose(OutputLocation(bucket: "bucket", key: "run/doctor"))
            let hints = findings.compactMap(\.hint)
            #expect(hints.contains { $0.contains("s3:ListBucket on arn:aws:s3:::bucket,") })
            #expect(hints.contains { $0.contains("s3:PutObject on arn:aws:s3:::bucket/run/doctor,") })
        }
    }

    @Test("A document that is wrong by its form is asked for once, one that was cut off again")
    func documents() async throws {
        for (text, count) in [("<!DOCTYPE a><a/>", 1), ("<html><p></html>", 1), ("<ListBucketResult><Cont", 3)] {
            try await run {
                $0.retries.maximumAttempts = 3
            } answering: { _ in
                .answer(200, text)
            } _: { backend, store in
                await #expect(throws: S3Failure.self) { try await backend.client.list(bucket: "bucket", prefix: "") }
                #expect(store.requests.count == count, "\(text)")
            }
        }
    }

    @Test("Refusals are not repeated, and after the first few nothing more is tried")
    func refusals() async throws {
        try await run { _ in
            .error(403, "AccessDenied")
        } _: { backend, store in
            for index in 0..<20 {
                let error = await #expect(throws: StoreError.self) { try await upload(backend, key: "\(index)") }
                #expect(error?.code == .accessDenied)
                #expect(error?.message.contains("the test") == true)
                #expect(error?.hint?.contains("s3:PutObject") == true)
            }
            #expect(store.requests.count == 4)
        }
    }

    @Test("A refusal after a success says nothing of the others")
    func laterRefusals() async throws {
        try await run {
            $0.uri.hasSuffix("good") ? .stored : .error(403, "AccessDenied")
        } _: { backend, store in
            _ = try await upload(backend, key: "good")
            for index in 0..<10 {
                await #expect(throws: StoreError.self) { try await upload(backend, key: "\(index)") }
            }
            #expect(store.requests.count == 11)
        }
    }

    @Test("What cannot pass is not repeated", arguments: [(404, "NoSuchBucket"), (400, "InvalidArgument"), (501, "")])
    func permanent(_ status: Int, _ code: String) async throws {
        try await run { _ in
            .error(status, code)
        } _: { backend, store in
            await #expect(throws: StoreError.self) { try await upload(backend) }
            #expect(store.requests.count == 1)
        }
    }

    @Test("What may pass is tried ten times: deviation 38", arguments: [500, 503])
    func attempts(_ status: Int) async throws {
        try await run { _ in
            .error(status, "InternalError")
        } _: { backend, store in
            await #expect(throws: StoreError.self) { try await upload(backend) }
            #expect(store.requests.count == 10)
        }
    }

    @Test("The clock is put right by the store's")
    func clock() async throws {
        try await run { request in
            request.headers.first(name: "x-amz-date")?.hasPrefix("20300102T0304") == true
                ? .stored
                : .answer(
                    403,
                    "<Error><Code>RequestTimeTooSkewed</Code><Message>m</Message><ServerTime>2030-01-02T03:04:05Z</ServerTime></Error>"
                )
        } _: { backend, _ in
            let receipt = try await upload(backend)
            #expect(receipt.outcome == .uploaded)
        }
    }

    @Test("Without credentials nothing is written, and reading is anonymous")
    func anonymous() async throws {
        try await run(provider: StaticCredentials(nil)) { _ in
            .answer(404, "")
        } _: { backend, store in
            let error = await #expect(throws: StoreError.self) { try await upload(backend) }
            #expect(error?.message == "no credentials were found")
            let request = UploadRequest(
                body: .bytes([1]), destination: OutputLocation(bucket: "bucket", key: "key"), contentType: "text/plain")
            let found = try await backend.compare(request)
            #expect(found == .absent)
            #expect(store.requests.map { $0.headers.contains(name: "authorization") } == [false])
        }
    }

    @Test("Sends what guards an object: the owner, a checksum, the digest of the content")
    func guards() async throws {
        try await run {
            $0.expectedBucketOwner = "123456789012"
        } answering: { _ in
            .stored
        } _: { backend, store in
            _ = try await upload(backend)
            let headers = try #require(store.requests.first?.headers)
            #expect(headers.first(name: "x-amz-expected-bucket-owner") == "123456789012")
            #expect(headers.first(name: "content-md5") == "Uonfc331cyb83SJZevsfrA==")
            let sha256 = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"
            #expect(headers.first(name: "x-amz-meta-sha256") == sha256)
            #expect(headers.first(name: "x-amz-content-sha256") == sha256)
        }
    }

    @Test(
        "Sends the checksum that was chosen",
        arguments: [
            (S3Configuration.Checksums.crc32, "x-amz-checksum-crc32" as String?), (.md5, "content-md5"),
            (.whenRequired, nil),
        ])
    func checksums(_ choice: S3Configuration.Checksums, _ header: String?) async throws {
        try await run {
            $0.checksums = choice
        } answering: { _ in
            .stored
        } _: { backend, store in
            _ = try await upload(backend)
            let names = Set(try #require(store.requests.first).headers.map { $0.name.lowercased() })
            #expect(names.intersection(["x-amz-checksum-crc32", "content-md5"]) == Set([header].compactMap(\.self)))
        }
    }

    @Test("A port where nothing listens is named")
    func unreachable() async throws {
        var configuration = S3Configuration()
        configuration.endpoint = try S3Endpoint(url: "http://127.0.0.1:1", addressing: .path)
        configuration.retries = RetryPolicy(maximumAttempts: 2, baseDelay: .milliseconds(1))
        let backend = S3Backend(
            configuration: configuration,
            provider: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: "s", source: "the test")))
        let error = await #expect(throws: StoreError.self) { try await upload(backend) }
        await backend.shutdown()
        #expect(error?.code == .unavailable)
        #expect(error?.message == "cannot connect to 127.0.0.1:1: Connection refused")
    }

    @Test("A server that never answered is tried three times by the first request, and once by those that follow")
    func stranger() async throws {
        let waits = Mutex(0)
        let time = TimeSource(
            now: { Date() }, uptime: { .zero }, sleep: { _ in waits.withLock { $0 += 1 } }, random: { 0 })
        var configuration = S3Configuration()
        configuration.endpoint = try S3Endpoint(url: "http://127.0.0.1:1", addressing: .path)
        let credentials = Credentials(accessKeyID: "A", secretAccessKey: "s", source: "the test")
        let backend = S3Backend(configuration: configuration, provider: StaticCredentials(credentials), time: time)
        for _ in 0..<5 { await #expect(throws: StoreError.self) { try await upload(backend) } }
        let findings = await backend.diagnose(OutputLocation(bucket: "bucket", key: "key"))
        await backend.shutdown()
        #expect(waits.withLock { $0 } == 2)
        #expect(findings.map(\.subject) == ["credentials", "bucket"])
    }
}
