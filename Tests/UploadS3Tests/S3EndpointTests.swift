import Foundation
import HTTPProxy
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
        #expect(address.authority == authority)
        #expect(address.path == path)
    }

    @Test("China's hosts have a domain of their own")
    func china() { #expect(S3Endpoint.awsHost(region: "cn-north-1") == "s3.cn-north-1.amazonaws.com.cn") }

    @Test("Refuses what is no server's URL", arguments: ["", "host", "ftp://host", "https://", "http://h/?q=1"])
    func refuses(_ url: String) {
        #expect(throws: UploadError.self) { try S3Endpoint(url: url, addressing: .automatic) }
    }

    @Test("What is chosen wins over the environment, and that over the profile", .temporaryDirectory)
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
        let error = #expect(throws: UploadError.self) { try resolve() }
        #expect(error?.message.contains("/no/such/file") == true)
    }

    @Test("Proxies, and the hosts that none leads to")
    func proxies() throws {
        let settings = try ProxySettings(
            environment: [
                "HTTPS_PROXY": "http://user:p%40ss@proxy:3128", "NO_PROXY": "localhost, .corp.example,*.other",
            ],
            scheme: "https")
        #expect(settings.usesProxy(for: "bucket.s3.amazonaws.com"))
        for host in ["localhost", "a.corp.example", "corp.example", "B.OTHER"] {
            #expect(!settings.usesProxy(for: host), "\(host)")
        }
        #expect(settings.usesProxy(for: "notcorp.example"))
        #expect(try !ProxySettings(environment: ["HTTPS_PROXY": "http://p"], scheme: "http").usesProxy(for: "h"))
        let socks = ["https_proxy": "socks5://user:secret@p:1"]
        let error = #expect(throws: InvalidProxy.self) { try ProxySettings(environment: socks, scheme: "https") }
        #expect(error?.description.contains("secret") == false)
        let refused = #expect(throws: UploadError.self) { try S3Configuration.resolve(.init(), environment: socks) }
        #expect(refused?.message == "https_proxy is not the URL of an HTTP proxy")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!"\(settings) \(dumped)".contains("p@ss"))
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
        #expect(throws: UploadError.self) { try PartLayout(byteCount: (5 << 40) + 1, preferred: 16 << 20) }
    }
}
