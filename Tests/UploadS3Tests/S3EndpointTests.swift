import Foundation
import HTTPConnections
import RunOutputs
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("Endpoints, addresses and configuration")
struct S3EndpointTests {
    @Test(
        "Addresses buckets and objects",
        arguments: [
            (
                nil, BucketAddressing.automatic, "bucket", "a b/+.log", "bucket.s3.us-east-2.amazonaws.com",
                "/a%20b/%2B.log"
            ),
            (nil, .automatic, "dotted.bucket", "k", "s3.us-east-2.amazonaws.com", "/dotted.bucket/k"),
            (nil, .path, "bucket", "", "s3.us-east-2.amazonaws.com", "/bucket"),
            (nil, .automatic, "bucket", "", "bucket.s3.us-east-2.amazonaws.com", "/"),
            ("http://127.0.0.1:9000", .automatic, "bucket", "k", "127.0.0.1:9000", "/bucket/k"),
            ("https://Store.example/base/", .automatic, "bucket", "k", "store.example", "/base/bucket/k"),
            ("https://store.example", .virtualHost, "bucket", "k", "bucket.store.example", "/k"),
            ("http://[::1]:9000", .automatic, "bucket", "k", "[::1]:9000", "/bucket/k"),
            ("https://[2001:DB8::1]/s3/", .path, "bucket", "k", "[2001:db8::1]", "/s3/bucket/k"),
            (
                "https://s3.dualstack.us-east-2.amazonaws.com", .automatic, "bucket", "k",
                "bucket.s3.dualstack.us-east-2.amazonaws.com", "/k"
            ),
        ] as [(String?, BucketAddressing, String, String, String, String)])
    func addresses(
        _ url: String?, _ addressing: BucketAddressing, _ bucket: String, _ key: String, _ authority: String,
        _ path: String
    ) throws {
        var endpoint = S3Endpoint.aws
        endpoint.addressing = addressing
        if let url { endpoint = try S3Endpoint(url: url, addressing: addressing) }
        let address = endpoint.address(bucket: bucket, key: ExactString(key), region: "us-east-2")
        #expect(address.origin.authority == authority)
        #expect(address.path == path)
    }

    @Test("China's hosts have a domain of their own")
    func china() { #expect(S3Endpoint.awsHost(region: "cn-north-1") == "s3.cn-north-1.amazonaws.com.cn") }

    @Test(
        "Refuses what is not a server's URL",
        arguments: [
            "", "host", "host:9000", "127.0.0.1:9000", "ftp://host", "https://", "http://h/?q=1", "http://h/#f",
            "http://h:99999", "http://h:0", "http://h:99999999", "http://h:port", "http://h\n",
        ])
    func refuses(_ url: String) {
        #expect(throws: StoreError.self) { try S3Endpoint(url: url, addressing: .automatic) }
    }

    @Test("What is chosen wins over the environment, and that over the profile", .directoryInMemory)
    func resolution() throws {
        let folder = try TemporaryDirectory.url()
        let text = """
            [default]
            region = eu-west-1
            services = local
            [services local]
            s3 =
              endpoint_url = http://profile:1
            """
        try TestFile.write(text, to: "config", in: folder)
        var environment = ["AWS_CONFIG_FILE": folder.appending(path: "config").path, "HOME": folder.path]
        var choices = S3Configuration.Choices()
        func resolve() throws -> (String, String) {
            let configuration = try S3Configuration.resolve(choices, environment: environment)
            return (configuration.region, configuration.endpoint.host ?? "AWS")
        }
        #expect(try resolve() == ("eu-west-1", "profile"))
        environment["AWS_ENDPOINT_URL"] = "http://all:1"
        environment["AWS_DEFAULT_REGION"] = "eu-west-2"
        #expect(try resolve() == ("eu-west-2", "all"))
        environment["AWS_ENDPOINT_URL_S3"] = "http://s3:1"
        environment["AWS_REGION"] = "eu-west-3"
        #expect(try resolve() == ("eu-west-3", "s3"))
        choices.policyRegion = "us-east-2"
        choices.endpointURL = "http://flag:1"
        #expect(try resolve() == ("us-east-2", "flag"))
        choices.region = "us-west-1"
        #expect(try resolve() == ("us-west-1", "flag"))
        choices.endpointURL = nil
        environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
        #expect(try resolve() == ("us-west-1", "AWS"))
        environment["AWS_CA_BUNDLE"] = "/no/such/file"
        let error = #expect(throws: StoreError.self) { try resolve() }
        #expect(error?.message.contains("/no/such/file") == true)
    }

    @Test("An endpoint with a password is refused without showing it", arguments: ["http", "https"])
    func userInfo(_ scheme: String) {
        for url in ["\(scheme)://user:pa%20ss@h:1", "\(scheme)://user:pa@ss@h", "\(scheme)://user:p/ass@h:99999"] {
            let error = #expect(throws: StoreError.self) { try S3Endpoint(url: url, addressing: .automatic) }
            #expect(error?.description.contains("user:") == false && error?.description.contains("ss@") == false)
        }
    }

    @Test("A bucket cannot be named in front of an address")
    func virtualAddress() {
        #expect(throws: StoreError.self) { try S3Endpoint(url: "http://[::1]:9000", addressing: .virtualHost) }
    }

    @Test("An endpoint is shown with its path", arguments: ["http://[::1]:9000/s3", "https://h/account/bucket"])
    func shown(_ url: String) throws { #expect(try S3Endpoint(url: url + "/", addressing: .path).url == url) }

    @Test("A region that would not be a part of a host's name is refused, with where it comes from")
    func regions() throws {
        for region in ["us-east-1\n", "us east", "evil.example/"] {
            let error = #expect(throws: StoreError.self) {
                try S3Configuration.resolve(.init(), environment: ["AWS_REGION": region])
            }
            #expect(error?.message.contains("AWS_REGION") == true)
        }
    }

    @Test("A proxy that cannot be used is an error where it would be, and nowhere else")
    func unusableProxy() throws {
        var environment = ["ALL_PROXY": "socks5://user:secret@p:1"]
        let error = #expect(throws: StoreError.self) { try S3Configuration.resolve(.init(), environment: environment) }
        #expect(error?.message == "ALL_PROXY is not the URL of an HTTP proxy")
        environment["NO_PROXY"] = "amazonaws.com"
        #expect(throws: Never.self) { try S3Configuration.resolve(.init(), environment: environment) }
        environment["NO_PROXY"] = "10.0.0.0/8"
        #expect(throws: StoreError.self) { try S3Configuration.resolve(.init(), environment: environment) }
    }

    @Test(
        "Parts: ten thousand at most, five mebibytes at least, five tebibytes in all",
        arguments: [
            (1, 16, 1), (16 << 20, 16, 1), ((16 << 20) + 1, 16, 2), (160_000 << 20, 16, 10_000),
            ((160_000 << 20) + 1, 17, 9412), (5 << 40, 525, 9987),
        ] as [(Int64, Int64, Int)])
    func parts(_ size: Int64, _ mebibytes: Int64, _ count: Int) throws {
        let layout = try PartLayout(byteCount: size, preferred: 16 << 20)
        #expect(layout.partSize == mebibytes << 20)
        #expect(layout.count == count)
        #expect(layout.range(of: count).upperBound == size)
        #expect(throws: StoreError.self) { try PartLayout(byteCount: (5 << 40) + 1, preferred: 16 << 20) }
    }

    @Test(
        "Links lead to the store that was uploaded to",
        arguments: [
            (nil, "auto", "https://b.s3.amazonaws.com/a/x%2By"), (nil, "path", "https://b.s3.amazonaws.com/a/x%2By"),
            ("http://127.0.0.1:9000", "auto", "http://127.0.0.1:9000/b/a/x%2By"),
            ("https://minio.example.com/s3/", "auto", "https://minio.example.com/s3/b/a/x%2By"),
            ("https://minio.example.com", "virtual", "https://b.minio.example.com/a/x%2By"),
        ] as [(String?, String, String)])
    func links(endpoint: String?, addressing: String, url: String) throws {
        var choices = S3Configuration.Choices()
        choices.addressing = try #require(BucketAddressing(rawValue: addressing))
        let location = OutputLocation(bucket: "b", key: "a/x+y")
        let environment = endpoint.map { ["AWS_ENDPOINT_URL_S3": $0] } ?? [:]
        #expect(try S3Configuration.resolve(choices, environment: environment).url(of: location) == url)
        choices.endpointURL = endpoint
        #expect(try S3Configuration.resolve(choices, environment: [:]).url(of: location) == url)
    }
}
