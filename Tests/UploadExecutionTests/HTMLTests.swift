import Testing

@testable import UploadExecution

@Suite("HTML")
struct HTMLTests {
    @Test(
        "Text is escaped, between tags and in attributes",
        arguments: [
            ("plain", "plain"), ("", ""), ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a & b &amp; c", "a &amp; b &amp;amp; c"), ("\"onload='x'", "&quot;onload=&#39;x&#39;"),
            ("ünï 中文 🚀", "ünï 中文 🚀"), ("e\u{301}<", "e\u{301}&lt;"), ("a\nb\tc\r", "a\\u{A}b\\u{9}c\\u{D}"),
            ("\0\u{1B}[31m\u{7F}\u{85}", "\\u{0}\\u{1B}[31m\\u{7F}\\u{85}"),
            ("\u{FFFE}\u{1FFFF}", "\\u{FFFE}\\u{1FFFF}"),
            ("a\u{202E}gnp.exe\u{200B}\u{2028}", "a\\u{202E}gnp.exe\\u{200B}\\u{2028}"),
        ])
    func escaping(text: String, escaped: String) {
        let between: HTML = "<p>\(text)</p>"
        #expect(between.bytes == Array("<p>\(escaped)</p>".utf8))
        let attribute: HTML = "<a title=\"\(text)\">"
        #expect(attribute.bytes == Array("<a title=\"\(escaped)\">".utf8))
    }

    @Test("Markup and numbers are not escaped")
    func markup() {
        let bold: HTML = "<b>\("<")</b>"
        let nothing: HTML? = nil
        var page: HTML = "<p>\(bold)\(nothing) & \(-3)"
        page += "</p>"
        #expect(page.bytes == Array("<p><b>&lt;</b> & -3</p>".utf8))
    }
}
