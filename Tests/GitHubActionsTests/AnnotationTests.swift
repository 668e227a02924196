import GitHubActions
import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("Annotations")
struct AnnotationTests {
    static func range(_ line: Int, _ column: Int, _ endLine: Int, _ endColumn: Int) -> SourceRange {
        SourcePosition(line: line, column: column)..<SourcePosition(line: endLine, column: endColumn)
    }

    @Test("An annotation names file, place and title; the last column counts")
    func line() {
        let annotation = Annotation(
            level: .error, title: "upload failed", message: "no such file", file: "plans/a.yaml",
            range: Self.range(4, 3, 4, 7))
        #expect(
            annotation.line == "::error file=plans/a.yaml,line=4,col=3,endColumn=6,title=upload failed::no such file\n")
    }

    @Test(
        "Columns are given within one line only",
        arguments: [
            (range(4, 3, 4, 3), "line=4,col=3,endColumn=3"), (range(4, 3, 6, 2), "line=4,endLine=6"),
            (range(4, 3, 6, 1), "line=4,endLine=5"),
        ])
    func ranges(range: SourceRange, properties: String) {
        let annotation = Annotation(level: .notice, title: "t", message: "m", file: "f", range: range)
        #expect(annotation.line == "::notice file=f,\(properties),title=t::m\n")
    }

    @Test("What is in no file has no place")
    func noFile() {
        #expect(Annotation(level: .warning, title: "t", message: "m").line == "::warning title=t::m\n")
    }

    @Test("Whatever the texts hold, it is one line that the runner reads back")
    func escaping() {
        let annotation = Annotation(
            level: .error, title: "a:b,c%d\r\n::error::e", message: "50% of a:b,c\r\nnext\n::error::x\u{1B}[0m",
            file: "a,b:c%.yaml", range: Self.range(1, 1, 1, 2))
        #expect(
            annotation.line == """
                ::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,endColumn=1,title=a%3Ab%2Cc%25d\\u{D}\\u{A}%3A%3Aerror%3A%3Ae\
                ::50%25 of a:b,c%0Anext%0A::error::x\\u{1B}[0m

                """)
    }

    @Test("A diagnostic keeps its code, place and advice")
    func diagnostic() {
        var diagnostic = Diagnostic(
            severity: .warning, code: .unusedParameter, message: "parameter 'x' is never used", file: "p.yaml",
            range: Self.range(3, 3, 3, 4))
        diagnostic.help = ["remove it"]
        #expect(
            Annotation(diagnostic).line
                == "::warning file=p.yaml,line=3,col=3,endColumn=3,title=TU050::parameter 'x' is never used%0Aremove it\n"
        )
    }

    @Test("A rule's failure is shown at its name, with the first of its messages", arguments: [false, true])
    func rule(bestEffort: Bool) {
        let rule = PlannedRule(
            plan: "p.yaml", name: "logs", range: Self.range(9, 3, 9, 7), bestEffort: bestEffort,
            destination: OutputLocation(bucket: "b", key: "k"))
        let annotation = Annotation(failureOf: rule, messages: (1...8).map { "file \($0)" })
        #expect(
            annotation.line == """
                ::\(bestEffort ? "warning" : "error") file=p.yaml,line=9,col=3,endColumn=6,title=upload rule 'logs' failed\
                ::file 1%0Afile 2%0Afile 3%0Afile 4%0Afile 5%0Aand 3 more, in the log

                """)
    }

    @Test("An upload's failures are those of its rules and of their operations")
    func upload() {
        let place = OutputLocation(bucket: "b", key: "k")
        let rules = ["logs", "artifacts", "manifest"].map { name in
            PlannedRule(
                plan: "p.yaml", name: name, range: Self.range(1, 1, 1, 2),
                problems: name == "manifest" ? [.init("no such file")] : [], destination: place)
        }
        let source = UploadOperation.Source.file(SourceFile(path: "f", version: FileVersion(size: 1, modified: 1)))
        let operations = [0, 0, 1].map {
            UploadOperation(rule: $0, source: source, destination: place, contentType: "text/plain")
        }
        let upload = PlannedUpload(rules: rules, operations: UploadOperations(operations))
        let failures = [Annotation].failures(of: upload) { $0 < 2 ? "operation \($0)" : nil }
        #expect(failures.map(\.title) == ["upload rule 'logs' failed", "upload rule 'manifest' failed"])
        #expect(failures.map(\.message) == ["operation 0\noperation 1", "no such file"])
    }

    @Test("The worst come first, and of many the last line says how many are not shown")
    func many() {
        let warnings = (1...3).map { Annotation(level: .warning, title: "w", message: "\($0)") }
        let errors = (1...9).map { Annotation(level: .error, title: "e", message: "\($0)") }
        let expected = (1...9).map { "::error title=e::\($0)\n" }.joined()
        #expect(
            (warnings + errors).lines() == expected
                + "::warning title=not all problems are shown::3 more problems: see the log of this step\n")
        #expect((warnings.dropLast(2) + errors).lines() == expected + "::warning title=w::1\n")
        #expect([Annotation]().lines() == "")
    }
}
