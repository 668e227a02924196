import Foundation
import HTTPConnections
import NIOHTTP1
import RunOutputs
import Testing
import UploadTestSupport

@testable import GitHubActions

@Suite("GitHub behind a proxy")
struct GitHubProxyTests {
    @Test("A proxy is used, except for the hosts that are to be reached without it, and for this machine")
    func exceptions() async throws {
        func usesProxy(_ environment: [String: String]) throws -> Bool {
            let configuration = try GitHubConfiguration(environment: environment)
            let url = try #require(URL(string: configuration.apiURL))
            return try configuration.proxies.proxy(for: #require(HTTPOrigin(url))) != nil
        }
        let proxy = ["HTTPS_PROXY": "http://p:9", "http_proxy": "http://p:9"]
        #expect(try usesProxy(proxy))
        #expect(try !usesProxy(proxy.merging(["NO_PROXY": ".github.com"]) { $1 }))
        #expect(try usesProxy(proxy.merging(["GITHUB_API_URL": "http://ghe.example"]) { $1 }))
        #expect(try !usesProxy(proxy.merging(["GITHUB_API_URL": "http://127.0.0.1:1"]) { $1 }))
    }

    @Test(
        "A proxy that refuses is named, without its password",
        arguments: [
            ("HTTPS_PROXY", "https://api.example", HTTPMethod.CONNECT, "api.example:443"),
            ("http_proxy", "http://api.example", .GET, "http://api.example/x"),
        ])
    func refusal(variable: String, api: String, method: HTTPMethod, target: String) async throws {
        try await ScriptedServer.with([.answer(407, "")]) { server in
            let proxy = server.url.replacing("http://", with: "http://user:secret@")
            let configuration = try GitHubConfiguration(environment: ["GITHUB_API_URL": api, variable: proxy])
            var dumped = ""
            dump(configuration, to: &dumped)
            #expect(!dumped.contains("secret"))
            let error = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration) { try await $0.get("x") }
            }
            #expect(error?.code == .unreachable)
            #expect(error?.message.hasPrefix("the proxy in \(variable) does not let requests") == true)
            #expect(error?.message.contains("HTTP 407") == true)
            #expect(error?.description.contains("secret") == false)
            #expect(server.requests.map(\.method) == [method] && server.requests.map(\.path) == [target])
            #expect(server.requests.first?.headers.first(name: "proxy-authorization") == "Basic dXNlcjpzZWNyZXQ=")
        }
    }

    @Test("A proxy that is none is refused", arguments: ["socks5://p:1", "http://"])
    func illegal(proxy: String) {
        let error = #expect(throws: GitHubError.self) { try GitHubConfiguration(environment: ["HTTPS_PROXY": proxy]) }
        #expect(error?.code == .misconfigured)
        #expect(error?.message == "HTTPS_PROXY is not the URL of an HTTP proxy")
    }
}
