import Foundation
import GitHubActions
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("The files of a step's summary and outputs")
struct StepFilesTests {
    let path: String
    let files: StepFiles

    init() throws {
        path = try TemporaryDirectory.url().appending(path: "step").path
        files = StepFiles(environment: ["GITHUB_STEP_SUMMARY": path, "GITHUB_OUTPUT": path])
    }

    var contents: String {
        get throws { try String(contentsOfFile: path, encoding: .utf8) }
    }

    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    @Test("Each entry of the summary is appended with a blank line", .temporaryDirectory)
    func summary() throws {
        #expect(try files.append(summary: ["[Logs](https://e.org)", "text\n"]).isEmpty)
        #expect(try files.append(summary: ["more"]).isEmpty)
        #expect(try contents == "[Logs](https://e.org)\n\ntext\n\n\nmore\n\n")
    }

    @Test(
        "A summary grows to 1 MiB and is then cut between entries; the summary and the notice say so",
        .temporaryDirectory)
    func fullSummary() throws {
        let earlier = String(repeating: "x", count: (1 << 20) - 400) + "\n"
        try write(earlier)
        let entries = ["first", String(repeating: "y", count: 500), "third"]
        let notices = try files.append(summary: entries)
        #expect(
            try contents.dropFirst(earlier.count) == """
                first

                _2 of 3 entries are left out here: a step's summary holds 1 MiB at most._


                """)
        #expect(
            notices == [
                "the step's summary is full (1.0 MiB): 2 of 3 entries left out, from '\(String(repeating: "y", count: 60))' on"
            ])
    }

    @Test("A summary of exactly what fits is not cut, and one byte more is", .temporaryDirectory, arguments: [0, 1])
    func boundary(excess: Int) throws {
        let entry = String(repeating: "z", count: (1 << 20) - 3 + excess)
        let notices = try files.append(summary: [entry])
        #expect(notices.isEmpty == (excess == 0))
        #expect(try contents.utf8.count <= 1 << 20)
        #expect(try contents.contains("1 of 1 entries are left out") == (excess == 1))
    }

    @Test("Nothing at all is written where not even the remark fits", .temporaryDirectory)
    func noRoom() throws {
        let earlier = String(repeating: "x", count: (1 << 20) - 10)
        try write(earlier)
        #expect(try files.append(summary: ["a longer entry"]).count == 1)
        #expect(try contents == earlier)
    }

    @Test("Outputs are lines; what others left unfinished is ended first", .temporaryDirectory)
    func outputs() throws {
        try write("other=1")
        let notices = try files.append(outputs: [
            .init(name: "url", value: "https://e.org/a=b<<c"), .init(name: "_e-1", value: ""),
        ])
        #expect(notices.isEmpty)
        #expect(try contents == "other=1\nurl=https://e.org/a=b<<c\n_e-1=\n")
    }

    @Test(
        "A value of several lines comes between random delimiters", .temporaryDirectory,
        arguments: ["one\ntwo", "one\r\ntwo", "one\rtwo", "\n", "ends with one\n"])
    func multilineOutput(value: String) throws {
        var generator = FixedNumbers(numbers: [10])
        _ = try files.append(outputs: [.init(name: "text", value: value)], using: &generator)
        let delimiter = "end_a0000000000000000a".replacing("0000000000000000", with: "000000000000000")
        #expect(try contents == "text<<\(delimiter)\n\(value)\n\(delimiter)\n")
    }

    @Test("A delimiter that occurs in the value is not used", .temporaryDirectory)
    func delimiterInValue() throws {
        var probe = FixedNumbers(numbers: [1])
        _ = try files.append(outputs: [.init(name: "a", value: "x\ny")], using: &probe)
        let guessed = try #require(contents.split(separator: "\n").last)
        try write("")
        var generator = FixedNumbers(numbers: [1, 1, 2])
        _ = try files.append(outputs: [.init(name: "a", value: "x\n\(guessed)\nb=forged")], using: &generator)
        let lines = try contents.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.first != "a<<\(guessed)")
        #expect(lines.first == "a<<\(lines.last ?? "")")
    }

    @Test(
        "A name that GitHub would not take is refused before anything is written", .temporaryDirectory,
        arguments: ["", "1a", "-a", "a b", "a\nb", "a=b", "é"])
    func illegalName(name: String) throws {
        let outputs: [RunSummary.Output] = [.init(name: "good", value: "1"), .init(name: name, value: "2")]
        #expect(throws: StepFileError.illegalName(name)) { try files.append(outputs: outputs) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(
        "Outside of a job nothing is written, and that is said", .temporaryDirectory,
        arguments: [[:], ["GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": ""]])
    func noFiles(environment: [String: String]) throws {
        let files = StepFiles(environment: environment)
        #expect(
            try files.append(summary: ["a", "b"]) == [
                "GITHUB_STEP_SUMMARY is not set: there is nowhere to write a summary of 2 entries"
            ])
        #expect(
            try files.append(outputs: [.init(name: "a", value: "b")]) == [
                "GITHUB_OUTPUT is not set: there is nowhere to write 1 output"
            ])
        #expect(try files.append(summary: []).isEmpty)
        #expect(try files.append(outputs: []).isEmpty)
    }

    @Test("A file that cannot be written is an error that names it", .temporaryDirectory)
    func unwritable() throws {
        let files = StepFiles(environment: ["GITHUB_STEP_SUMMARY": "/nowhere/summary", "GITHUB_OUTPUT": "/nowhere/out"])
        let error = #expect(throws: StepFileError.self) { try files.append(summary: ["a"]) }
        #expect(
            error?.description
                == "cannot write '/nowhere/summary' (GITHUB_STEP_SUMMARY): No such file or directory; in a container, mount that file"
        )
        #expect(throws: StepFileError.self) { try files.append(outputs: [.init(name: "a", value: "b")]) }
    }
}
