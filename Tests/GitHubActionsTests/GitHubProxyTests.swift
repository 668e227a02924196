import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadTestSupport

@testable import GitHubActions

@Suite("GitHub behind a proxy")
struct GitHubProxyTests {
    @Test("The proxy is asked, except for the hosts that are to be reached without it")
    func proxy() async throws {
        try await ScriptedServer.with([.answer(200, runJSON())]) { server in
            let environment = ["GITHUB_API_URL": "http://api.example", "http_proxy": server.url]
            let run = try await WorkflowRun.lookUp("7", in: .theRock, environment: environment)
            #expect(run.headRepository == "ROCm/TheRock")
            #expect(server.requests.map(\.path) == ["http://api.example/repos/ROCm/TheRock/actions/runs/7"])
        }
        try await ScriptedServer.with([.answer(200, runJSON())]) { server in
            for environment in [["http_proxy": "http://proxy.invalid:9"], ["all_proxy": "http://proxy.invalid:9"]] {
                // This machine is never reached through a proxy.
                #expect(try server.configuration(environment).proxies.proxy == nil)
            }
            let direct = try GitHubConfiguration(
                environment: ["HTTPS_PROXY": "http://proxy.invalid:9", "NO_PROXY": ".github.com"])
            #expect(direct.proxies.proxy == nil)
            #expect(try GitHubConfiguration(environment: ["HTTPS_PROXY": "http://p:9"]).proxies.proxy != nil)
        }
    }

    @Test("A proxy that refuses is named, without its password")
    func refusal() async throws {
        try await ScriptedServer.with([.answer(407, "")]) { server in
            let proxy = server.url.replacing("http://", with: "http://user:secret@")
            let configuration = try GitHubConfiguration(
                environment: ["GITHUB_API_URL": "https://api.example", "HTTPS_PROXY": proxy])
            var dumped = ""
            dump(configuration, to: &dumped)
            #expect(!dumped.contains("secret"))
            let error = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration) { try await $0.get("x") }
            }
            #expect(error?.code == .unreachable)
            #expect(error?.message.hasPrefix("the proxy in HTTPS_PROXY does not let the request") == true)
            #expect(error?.description.contains("secret") == false)
            #expect(server.requests.map(\.method) == [.CONNECT])
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
