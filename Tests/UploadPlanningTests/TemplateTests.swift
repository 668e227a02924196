import Testing

@testable import MarkedYAML
@testable import UploadPlanning

@Suite("Templates")
struct TemplateTests {
    @Test(
        "Parameters are put in, and `$${` stays",
        arguments: [
            ("plain", "plain"), ("${a}", "1"), ("x/${a}/y", "x/1/y"), ("${a}${b}", "12"), ("$${a}", "${a}"),
            ("$$", "$$"), ("$a", "$a"), ("$${${a}}", "${1}"), ("", ""),
        ])
    func resolved(text: String, expected: String) {
        let template = Template(text)
        #expect(template.resolved { ["a": "1", "b": "2"][$0] } == expected)
    }

    @Test("A name without a value gives no text")
    func unresolved() {
        #expect(Template("x${a}").resolved { _ in nil } == nil)
        #expect(Template("x${a}").literal == nil)
        #expect(Template("x$${a}").literal == "x${a}")
    }

    @Test("References keep their order and their names")
    func references() {
        #expect(Template("${a}-${b.url}").references.map(\.value) == ["a", "b.url"])
    }

    @Test(
        "What is not a name is refused",
        arguments: ["${}", "${a b}", "${{a}}", "${a.b.c}", "${-a}", "${a", "${a:-b}", "${é}"]
    )
    func refused(text: String) {
        var log = DiagnosticLog(file: "")
        _ = Template(Template.scalar(text), log: &log)
        #expect(log.diagnostics.map(\.code) == [.interpolation])
    }
}

extension Template {
    /// Reads a template whose place does not matter.
    init(_ text: String) {
        var log = DiagnosticLog(file: "")
        self.init(Self.scalar(text), log: &log)
    }

    static func scalar(_ text: String) -> Marked<Scalar> {
        let start = SourcePosition(line: 1, column: 1)
        return Marked(Scalar(text: text, style: .plain, raw: text[...]), at: start..<start)
    }
}
