import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@testable import GitHubActions

@Suite("Fork evidence of the event's payload")
struct ForkEvidenceTests {
    static func payload(head: String, base: String = #"{"full_name": "ROCm/TheRock"}"#) -> String {
        #"{"pull_request": {"head": {"repo": \#(head)}, "base": {"repo": \#(base)}}}"#
    }

    func evidence(_ payload: String, event: String = "pull_request") throws -> ForkEvidence? {
        try .ofEvent(in: ["GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": file(payload)])
    }

    @Test(
        "A pull request comes from a fork if its head is one, or is not the base", .temporaryDirectory,
        arguments: [
            (
                #"{"full_name": "ROCm/TheRock", "fork": false}"#,
                ForkEvidence.pullRequest(headRepository: "ROCm/TheRock", isFork: false)
            ),
            (#"{"full_name": "ROCm/TheRock"}"#, .pullRequest(headRepository: "ROCm/TheRock", isFork: false)),
            (
                #"{"full_name": "someone/TheRock", "fork": true}"#,
                .pullRequest(headRepository: "someone/TheRock", isFork: true)
            ),
            (
                #"{"full_name": "someone/TheRock", "fork": false}"#,
                .pullRequest(headRepository: "someone/TheRock", isFork: true)
            ),
            (
                #"{"full_name": "someone/TheRock", "fork": null}"#,
                .pullRequest(headRepository: "someone/TheRock", isFork: true)
            ),
            (
                #"{"full_name": "ROCm/TheRock", "fork": true}"#,
                .pullRequest(headRepository: "ROCm/TheRock", isFork: true)
            ),
            (#"{"fork": true}"#, .pullRequest(headRepository: nil, isFork: true)),
            (#"{"fork": "false"}"#, .pullRequest(headRepository: nil, isFork: true)),
            (#"{"full_name": "jos\#u{e9}/TheRock"}"#, .pullRequest(headRepository: "jos\u{e9}/TheRock", isFork: true)),
            ("null", .deletedHeadRepository),
        ])
    func heads(head: String, expected: ForkEvidence) throws {
        #expect(try evidence(Self.payload(head: head)) == expected)
        // State C does not look at this event: deviation 37.
        #expect(try evidence(Self.payload(head: head), event: "pull_request_target") == expected)
    }

    @Test(
        "Other events are not looked at", .temporaryDirectory,
        arguments: ["push", "workflow_dispatch", "schedule", "Pull_Request", ""])
    func otherEvents(name: String) throws {
        #expect(try evidence("not even JSON", event: name) == nil)
        #expect(try ForkEvidence.ofEvent(in: ["GITHUB_EVENT_PATH": "/nowhere"]) == nil)
    }

    @Test(
        "A payload that names no head repository says nothing", .temporaryDirectory,
        arguments: ["{}", #"{"pull_request": {}}"#, #"{"pull_request": {"head": {}}}"#])
    func silence(payload: String) throws {
        #expect(try evidence(payload) == nil)
    }

    @Test("Without a payload nothing is said", .temporaryDirectory, arguments: [nil, ""])
    func noPath(path: String?) throws {
        var environment = ["GITHUB_EVENT_NAME": "pull_request"]
        environment["GITHUB_EVENT_PATH"] = path
        #expect(try ForkEvidence.ofEvent(in: environment) == nil)
    }

    @Test(
        "A payload that cannot be understood is an error that names the file", .temporaryDirectory,
        arguments: [
            ("", EventPayloadError.Reason.notJSON), ("{", .notJSON), ("[]", .notAnObject), ("null", .notAnObject),
            ("\"text\"", .notAnObject), (#"{"pull_request": 5}"#, .unexpected(path: "pull_request")),
            (#"{"pull_request": {"head": {"repo": "x"}}}"#, .unexpected(path: "pull_request.head.repo")),
        ])
    func unreadable(payload: String, reason: EventPayloadError.Reason) throws {
        let error = #expect(throws: EventPayloadError.self) { try evidence(payload) }
        #expect(error?.reason == reason)
        #expect(try error?.description.contains(TemporaryDirectory.url().path) == true)
    }

    @Test("A file that is missing, or is a directory, is an error that says so and what to do", .temporaryDirectory)
    func missingFile() throws {
        let environment = ["GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/nowhere/event.json"]
        let error = #expect(throws: EventPayloadError.self) { try ForkEvidence.ofEvent(in: environment) }
        #expect(
            error?.description == """
                the event's payload '/nowhere/event.json' (GITHUB_EVENT_PATH) cannot be read: No such file or directory, \
                so it is not known whether the run is a fork's; in a container, mount that file, or unset \
                GITHUB_EVENT_NAME and set IS_PR_FROM_FORK to true or false
                """)
        let directory = try TemporaryDirectory.url().path
        #expect(throws: EventPayloadError(path: directory, reason: .unreadable("Is a directory"))) {
            try ForkEvidence.ofEvent(in: ["GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": directory])
        }
    }

    @Test("A file that is larger than any payload is refused", .temporaryDirectory)
    func hugeFile() throws {
        let path = try file("")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 25 << 20 | 1)
        #expect(throws: EventPayloadError(path: path, reason: .tooLarge(limit: 25 << 20))) {
            try ForkEvidence.ofEvent(in: ["GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": path])
        }
    }

    @Test(
        "Payloads that GitHub sends are understood", .temporaryDirectory,
        .needsVectors("github/pull_request-opened.json"),
        arguments: ["pull_request-opened.json", "pull_request-opened.with-organization.json"])
    func recordedPayloads(name: String) throws {
        let environment = [
            "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": Vectors.url("github/\(name)").path,
        ]
        let expected = ForkEvidence.pullRequest(headRepository: "Codertocat/Hello-World", isFork: false)
        #expect(try ForkEvidence.ofEvent(in: environment) == expected)
    }
}
