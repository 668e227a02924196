import Testing
import UploadPlanning

@Suite("Secrets in what is shown")
struct RedactorTests {
    private func redacted(_ text: String, _ secrets: String...) -> String {
        var redactor = Redactor()
        for secret in secrets { redactor.add(secret) }
        return redactor.redacted(text)
    }

    @Test(
        "Known values go, wherever they are",
        arguments: [
            ("you sent SESSION456", "you sent ***"), ("SESSION456SESSION456", "******"), ("aSESSION456b", "a***b"),
            ("SESSION45", "SESSION45"), ("", ""), ("\u{FC} SESSION456 \u{FC}", "\u{FC} *** \u{FC}"),
            ("SESSION456-LONG", "***"), ("SESSION456-LON", "***-LON"),
        ])
    func known(_ text: String, _ shown: String) {
        #expect(redacted(text, "SESSION456", "SESSION456-LONG") == shown)
    }

    @Test("Values that are words of their own stay", arguments: ["", "a", "abc"])
    func short(_ secret: String) { #expect(redacted("an abc of a", secret) == "an abc of a") }

    @Test(
        "What is secret by its form goes without being known",
        arguments: [
            ("http://user:PASSW0RD@h:1/x", "http://***@h:1/x"), ("see https://t0ken@h.", "see https://***@h."),
            ("https://h/a@b", "https://h/a@b"), ("mail me@h.example", "mail me@h.example"),
            ("s3://b/k@v", "s3://b/k@v"),
            ("\"https://u:p@h\"", "\"https://***@h\""),
            ("Authorization: Bearer abc.DEF-123_456", "Authorization: Bearer ***"),
            ("Proxy-Authorization: Basic dXNlcjpwdw==", "Proxy-Authorization: Basic ***"),
            ("SignedHeaders=host, Signature=0123456789abcdef0123", "SignedHeaders=host, Signature=***"),
            ("Basic rules apply", "Basic rules apply"), ("Bearer of news", "Bearer of news"),
            ("Basic authentication", "Basic authentication"),
            ("jwt eyJhbGciOi.eyJzdWIi.c2ln end", "jwt *** end"), ("eyJust words", "eyJust words"),
        ])
    func forms(_ text: String, _ shown: String) { #expect(redacted(text) == shown) }

    @Test("Long text without secrets comes back as it was")
    func long() {
        let text = String(repeating: "26595281971-linux/logs/gfx94X-dcgpu/a b.log\n", count: 10_000)
        #expect(redacted(text, "SESSION456", "2659528197x") == text)
    }
}
