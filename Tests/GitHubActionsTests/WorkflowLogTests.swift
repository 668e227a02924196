import GitHubActions
import Testing

@Suite("Logs of workflows")
struct WorkflowLogTests {
    @Test("A group has a title of one line")
    func groups() {
        #expect(WorkflowLog.beginningOfGroup("logs: 100%\n::error::x") == "::group::logs: 100%25\\u{A}::error::x\n")
        #expect(WorkflowLog.endOfGroup == "::endgroup::\n")
    }

    @Test(
        "No line can be taken for a command",
        arguments: [
            ("::error::x", "\\u{3A}:error::x"), (" \t::add-mask::x\n", " \t\\u{3A}:add-mask::x\n"),
            ("\u{3000}::x", "\u{3000}\\u{3A}:x"), ("a\r\n::x\n\n::y", "a\r\n\\u{3A}:x\n\n\\u{3A}:y"),
            ("a\r::x", "a\r\\u{3A}:x"),
            ("file ##[error]x", "file \\u{23}#[error]x"), ("###[x]", "#\\u{23}#[x]"),
            ("::\u{301}x", "\\u{3A}:\u{301}x"), ("##[\u{301}x", "\\u{23}#[\u{301}x"),
        ])
    func commands(text: String, inert: String) {
        // By scalars: the difference may be hidden from Character by combining marks.
        #expect(Array(WorkflowLog.inert(text).unicodeScalars) == Array(inert.unicodeScalars))
    }

    @Test("Other lines stay as they are", arguments: ["", "\n", "a ::b", ": :", "std::string", "# [x] ##", "é 日本\r\n"])
    func plainLines(text: String) {
        #expect(WorkflowLog.inert(text) == text)
    }

    @Test(
        "Only a job's log has a reader",
        arguments: [(["GITHUB_ACTIONS": "true"], true), ([:], false), (["GITHUB_ACTIONS": ""], false)])
    func reader(environment: [String: String], isRead: Bool) {
        #expect(WorkflowLog.isRead(in: environment) == isRead)
    }
}
