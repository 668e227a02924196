import Testing

@testable import UploadExecution

/// The secrets here are made up, and put together so that no scanner takes this file for a leak.
@Suite("Credentials in texts")
struct SecretSearchTests {
    private static let letters = "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Yz3Ab4Cd5Ef6Gh7Ij8Kl9Mn0Op1Qr2St3Uv4Wx5Yz6Ab7"
    private static let awsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzKEYabc"
    private static let keyBody = "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9Us8cKj"

    private static func body(_ count: Int) -> String { String(letters.prefix(count)) }

    private static func key(_ kind: String, break lineBreak: String = "\n", head: String = "") -> String {
        "-----BEGIN " + kind + "-----" + lineBreak + head + keyBody + lineBreak + "-----END " + kind + "-----"
    }

    /// What is found, and where: the line and the pattern.
    static let secrets: [(text: String, line: Int, pattern: String)] = [
        ("token: " + "ghp_" + body(36), 1, "ghp_…"),
        ("a\nb\nGH_TOKEN=" + "ghs_" + body(36) + "\n", 3, "ghs_…"),
        ("https://x-access-token:" + "gho_" + body(36) + "@github.com/a/b", 1, "gho_…"),
        (#"{"text":"first\n"# + "ghu_" + body(36) + #"\n"}"#, 1, "ghu_…"),
        ("'" + "github_pat_" + body(22) + "_" + body(59) + "'", 1, "github_pat_…"),
        (
            "[http]\n\textraheader = AUTHORIZATION: basic " + "eC1hY2Nlc3MtdG9rZW46" + body(54), 2,
            "eC1hY2Nlc3MtdG9rZW46…"
        ),
        ("curl -H PRIVATE-TOKEN:" + "glpat-" + body(20), 1, "glpat-…"),
        ("SLACK=" + "xoxb-" + "123456789012-123456789012-" + body(24), 1, "xoxb-…"),
        ("password = " + "pypi-AgEIcHlwaS5vcmc" + body(80), 1, "pypi-AgEIcHlwaS5vcmc…"),
        ("//registry.npmjs.org/:_authToken=" + "npm_" + body(36), 1, "npm_…"),
        (#"{"key": ""# + "AIza" + body(35) + #""}"#, 1, "AIza…"),
        ("HF_TOKEN=" + "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh", 1, "hf_…"),
        ("AWS_SECRET_ACCESS_KEY=" + awsSecret, 1, "aws_secret_access_key = …"),
        (
            "[default]\naws_access_key_id = x\naws_secret_access_key = \"" + awsSecret + "\"\n", 3,
            "aws_secret_access_key = …"
        ),
        (
            "Access key ID,Secret access key\n" + "AKIA" + "ABCDEFGH23456789," + awsSecret + "\n", 2,
            "AKIA… and 40 characters"
        ),
        (
            #"{"AccessKeyId": "# + "\"" + "ASIA" + #"ABCDEFGH23456789", "SecretAccessKey": ""# + awsSecret + #""}"#, 1,
            "AKIA… and 40 characters"
        ),
        (
            "ACTIONS_RUNTIME_TOKEN=" + "eyJ" + body(80) + "." + body(80) + "." + body(43), 1,
            "ACTIONS_RUNTIME_TOKEN=eyJ…"
        ),
        (key("PRIVATE " + "KEY"), 1, "-----BEGIN … PRIVATE KEY-----"),
        (
            "x\n" + key("RSA PRIVATE " + "KEY", head: "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n"), 2,
            "-----BEGIN … PRIVATE KEY-----"
        ),
        (key("OPENSSH PRIVATE " + "KEY", break: "\r\n"), 1, "-----BEGIN … PRIVATE KEY-----"),
        (key("PGP PRIVATE " + "KEY BLOCK", head: "Version: GnuPG v2\n\n"), 1, "-----BEGIN … PRIVATE KEY-----"),
        (#"{"private_key": ""# + key("PRIVATE " + "KEY", break: #"\n"#) + #""}"#, 1, "-----BEGIN … PRIVATE KEY-----"),
        (
            "See -----BEGIN PRIVATE " + "KEY----- below.\n" + key("EC PRIVATE " + "KEY"), 2,
            "-----BEGIN … PRIVATE KEY-----"
        ),
    ]

    @Test("are found", arguments: secrets)
    func found(text: String, line: Int, pattern: String) throws {
        let match = try #require(Self.match(text))
        #expect(match.pattern == pattern)
        #expect(text.utf8.prefix(match.offset).count { $0 == UInt8(ascii: "\n") } + 1 == line)
        #expect(!match.what.contains(Self.body(20)) && !match.pattern.contains(Self.body(20)))
    }

    /// Texts of builds that look a little like secrets.
    static let harmlessTexts: [String] = [
        "",
        "HEAD is now at 70d4476be51b9c0b8c1bd7a8a4b3f4fa83cd6a7e Keep the figures",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  librocblas.so.4",
        "integrity sha512-" + letters + letters + "==",
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo -fvisibility-inlines-hidden __hip_module_ctor_with_a_long_name",
        "_ZN7rocblas6Tensile26ghp_something_that_is_a_symbolEv",
        "npm_config_registry_and_all_its_other_long_settings=1 npm_lifecycle_script=build",
        "ghp_" + String(repeating: "x", count: 36),
        "ghp_" + body(35),
        "ghp_" + body(20) + "_" + body(20),
        "set GH_TOKEN to ghp_… or github_pat_…",
        "AWS_SECRET_ACCESS_KEY=***",
        "AWS_SECRET_ACCESS_KEY=${{ secrets.AWS_SECRET_ACCESS_KEY }}",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
        "AWS_SECRET_ACCESS_KEY: 70d4476be51b9c0b8c1bd7a8a4b3f4fa83cd6a7e",
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=" + "ASIA" + "ABCDEFGH23456789%2F20260101%2Fus-east-1%2Fs3"
            + "%2Faws4_request&X-Amz-Security-Token=" + awsSecret.replacing("+", with: "x").replacing("/", with: "y")
            + "%2F",
        "AKIA" + "ABCDEFGH23456789 is the id of a key",
        "The file starts with -----BEGIN PRIVATE " + "KEY----- and ends with -----END PRIVATE " + "KEY-----.",
        "-----BEGIN PRIVATE " + "KEY-----\n...\n-----END PRIVATE " + "KEY-----\n" + keyBody,
        key("CERTIFICATE"), key("PUBLIC KEY"),
        "if text.startswith('-----BEGIN RSA PRIVATE " + "KEY-----'): raise ValueError('a private key')",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + body(80) + "." + body(43),
        "ACTIONS_RUNTIME_TOKEN=***", "unset ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "origin  https://user:password@example.com/a.git (fetch)",
        "xoxb-your-token-goes-here-please-replace-it",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    ]

    @Test("are not seen where there are none", arguments: harmlessTexts)
    func harmless(text: String) { #expect(Self.match(text) == nil) }

    @Test("are found wherever they are", arguments: 0..<60)
    func everyPlace(offset: Int) {
        for filler in ["a b ", "word_and_word ", "\n", Self.letters + " "] {
            let before = String(String(repeating: filler, count: 60).suffix(offset)) + " "
            #expect(Self.match(before + "ghp_" + Self.body(36))?.offset == before.utf8.count)
            #expect(Self.match(before + Self.key("PRIVATE " + "KEY"))?.offset == before.utf8.count)
        }
    }

    @Test("Passwords in URLs count in configurations of Git")
    func gitConfiguration() {
        let text = "[remote \"origin\"]\n\turl = https://me:hunter2@example.com/a.git\n"
        #expect(Self.match(text) == nil)
        #expect(Self.match(text, isGitConfiguration: true)?.what == "a password")
        let harmless =
            "[remote \"origin\"]\n\turl = https://me@example.com:8443/a.git\n\turl = git@github.com:a/b.git\n"
        #expect(Self.match(harmless, isGitConfiguration: true) == nil)
    }

    private static func match(_ text: String, isGitConfiguration: Bool = false) -> SecretMatch? {
        SecretSearch.match(in: Array(text.utf8).span, isGitConfiguration: isGitConfiguration)
    }
}
