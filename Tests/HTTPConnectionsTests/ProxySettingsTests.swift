import NIOHTTP1
import Testing

@testable import HTTPConnections

@Suite("Which servers are reached through a proxy")
struct ProxySettingsTests {
    private func usesProxy(_ url: String, _ environment: [String: String]) throws -> Bool {
        let request = try #require(HTTPRequest(.GET, url: url))
        return try ProxySettings(environment: environment).proxy(for: request.origin) != nil
    }

    @Test(
        "NO_PROXY: names, domains, addresses, blocks, ports",
        arguments: [
            ("*", "http://store.example", true),
            ("localhost", "http://localhost:9000", true),
            ("corp.example", "http://a.corp.example", true), (".corp.example", "http://corp.example", true),
            ("*.corp.example", "http://B.Corp.Example", true), ("corp.example", "http://notcorp.example", false),
            ("store.example:9000", "http://store.example:9000", true),
            ("store.example:9000", "http://store.example:9001", false),
            ("store.example:80", "http://store.example", true),
            ("store.example:443", "http://store.example", false), ("store.example:x", "http://store.example", false),
            ("127.0.0.1", "http://127.0.0.1:9000", true), ("127.0.0.1", "http://127.0.0.10:9000", false),
            ("127.0.0.1:9000", "http://127.0.0.1:9000", true), ("127.0.0.1:9", "http://127.0.0.1:9000", false),
            ("127.0.0.0/8", "http://127.9.8.7", true), ("10.0.0.0/8", "http://127.0.0.1", false),
            ("10.1.128.0/17", "http://10.1.200.1", true), ("10.1.128.0/17", "http://10.1.100.1", false),
            ("0.0.0.0/0", "http://192.0.2.1", true), ("0.0.0.0/0", "http://store.example", false),
            ("10.0.0.0/33", "http://10.0.0.1", false), ("10.0.0/8", "http://10.0.0.1", false),
            ("::1", "http://[::1]:9000", true), ("[::1]", "http://[::1]:9000", true),
            ("[::1]:9000", "http://[::1]:9000", true), ("[::1]:9", "http://[::1]:9000", false),
            ("0:0:0:0:0:0:0:1", "http://[::1]", true), ("fd00::/8", "http://[fd12::3]", true),
            ("fd00::/8", "http://[fe80::3]", false), ("::/0", "http://127.0.0.1", false),
            (" localhost , 10.0.0.0/8\tstore.example", "http://store.example", true),
            ("", "http://store.example", false),
        ])
    func exceptions(_ list: String, _ url: String, _ isDirect: Bool) throws {
        #expect(try usesProxy(url, ["http_proxy": "http://p:1", "NO_PROXY": list]) == !isDirect)
        #expect(try usesProxy(url, ["http_proxy": "http://p:1", "no_proxy": list, "NO_PROXY": "*"]) == !isDirect)
    }

    @Test(
        "Each scheme has variables of its own, and ALL_PROXY is for both",
        arguments: [
            ("HTTPS_PROXY", "https://h", true), ("https_proxy", "https://h", true), ("http_proxy", "http://h", true),
            ("HTTP_PROXY", "http://h", false), ("HTTPS_PROXY", "http://h", false), ("http_proxy", "https://h", false),
            ("ALL_PROXY", "http://h", true), ("all_proxy", "https://h", true),
        ])
    func variables(_ name: String, _ url: String, _ isUsed: Bool) throws {
        #expect(try usesProxy(url, [name: "proxy.example:3128"]) == isUsed)
    }

    @Test(
        "Only a proxy that would be used has to be one",
        arguments: ["socks5://p:1", "https://p", "http://", "http://p:0"])
    func invalid(_ value: String) throws {
        let error = #expect(throws: InvalidProxy.self) { try usesProxy("https://h", ["ALL_PROXY": value]) }
        #expect(error?.variable == "ALL_PROXY")
        #expect(try !usesProxy("https://h", ["ALL_PROXY": value, "NO_PROXY": "h"]))
        #expect(try usesProxy("https://h", ["ALL_PROXY": value, "HTTPS_PROXY": "http://p:1"]))
    }

    @Test("A password is sent, and shown nowhere")
    func password() throws {
        let environment = ["HTTPS_PROXY": "http://user:p%40ss@proxy:3128"]
        let settings = ProxySettings(environment: environment)
        let proxy = try #require(try settings.proxy(for: HTTPOrigin(isEncrypted: true, host: "h")))
        #expect(proxy.authorization == "Basic dXNlcjpwQHNz" && proxy.address == "proxy:3128")
        var dumped = "\(settings) \(proxy) \(String(reflecting: proxy))"
        dump(settings, to: &dumped)
        dump(proxy, to: &dumped)
        #expect(!dumped.contains("p@ss") && !dumped.contains("dXNlcjpwQHNz"))
    }

    @Test(
        "Addresses",
        arguments: [
            ("1.2.3.4", [1, 2, 3, 4]), ("::", [UInt8](repeating: 0, count: 16)),
            ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("fe80::a:1.2.3.4", [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA, 1, 2, 3, 4]),
            ("1.2.3", nil), ("1.2.3.256", nil), ("1.2.3.4.5", nil), ("1:2", nil), ("1::2::3", nil), ("::g", nil),
            ("1:2:3:4:5:6:7:8:9", nil), ("1:2:3:4:5:6:7::8", nil), ("host", nil), ("", nil), ("::+1", nil), (":1", nil),
        ] as [(String, [UInt8]?)])
    func addresses(_ text: String, _ bytes: [UInt8]?) { #expect(IPAddress(text)?.bytes == bytes) }
}
