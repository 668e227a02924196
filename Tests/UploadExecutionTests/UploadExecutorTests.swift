import Foundation
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("Carrying out a plan")
struct UploadExecutorTests {
    /// Fails the objects with these names.
    private func failing(_ names: Set<String>, _ code: StoreError.Code = .unavailable) -> MemoryBackend {
        MemoryBackend { location in
            if names.contains(location.name) { throw StoreError(code, "told to fail") }
        }
    }

    private func run(
        _ planned: PlannedUpload, on backend: MemoryBackend, concurrency: Int = 4,
        onEvent: @escaping @Sendable (UploadEvent) -> Void = { _ in }
    ) async -> UploadReport {
        await UploadExecutor(
            backend: backend, archives: TextArchives(), indexes: TextIndexes(), concurrency: concurrency,
            onEvent: onEvent
        ).run(planned)
    }

    @Test("An empty plan is done at once")
    func nothing() async {
        let report = await run(.made(of: []), on: MemoryBackend())
        #expect(report.status == .succeeded)
        #expect(report.rules.isEmpty)
    }

    @Test("Everything is uploaded with its type and properties", .temporaryDirectory)
    func everything() async throws {
        let file = try TestFile.write("hello", to: "a.log", in: TemporaryDirectory.url())
        let planned = PlannedUpload(
            rules: [.made("logs")],
            operations: [
                UploadOperation(
                    rule: 0, source: .file(file), destination: .testRoot.appending("a.log"), contentType: "text/x-log")
            ])
        let backend = MemoryBackend()
        let report = await run(planned, on: backend)
        #expect(report.rules == [.succeeded])
        #expect(report.operations.map(\.outcome) == [.uploaded])
        #expect(report.operations[0].byteCount == 5)
        #expect(report.operations[0].sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        #expect(report.bytesUploaded == 5)
        #expect(
            backend[.testRoot.appending("a.log")]
                == StoredContent(bytes: Array("hello".utf8), contentType: "text/x-log"))
    }

    @Test("Every file of a rule is tried, and every failure reported")
    func allFailures() async {
        let backend = failing(["2", "4"])
        let report = await run(.made(of: [(.made("a"), ["1", "2", "3", "4", "5"])]), on: backend)
        #expect(report.rules == [.failed])
        #expect(report.operations.map(\.outcome) == [.uploaded, .failed, .uploaded, .failed, .uploaded])
        #expect(report.operations[1].error == StoreError(.unavailable, "told to fail"))
        #expect(report.status == .failed)
    }

    @Test("Followers start after their predecessors, or are held back with theirs")
    func barriers() async {
        let order = Mutex<[String]>([])
        let backend = MemoryBackend { location in
            order.withLock { $0.append(location.name) }
            if location.name == "fails" { throw StoreError(.unavailable, "told to fail") }
        }
        let report = await run(
            .made(of: [
                (.made("third", after: [1]), ["c"]), (.made("second", after: [2]), ["b1", "b2"]),
                (.made("first"), ["a1", "a2", "a3"]), (.made("broken"), ["fails", "tried"]),
                (.made("held", after: [2, 3]), ["d"]), (.made("held-too", after: [4]), ["e"]),
            ]), on: backend)
        #expect(
            report.rules == [.succeeded, .succeeded, .succeeded, .failed, .heldBack(by: 3), .heldBack(by: 4)])
        let names = order.withLock { $0 }.filter { !["fails", "tried"].contains($0) }
        #expect(Set(names[..<3]) == ["a1", "a2", "a3"])
        #expect(Set(names[3..<5]) == ["b1", "b2"])
        #expect(names[5...] == ["c"])
        #expect(report.operations.suffix(2).map(\.outcome) == [.heldBack, .heldBack])
    }

    @Test("Best effort fails neither the run nor its followers")
    func bestEffort() async {
        let report = await run(
            .made(of: [
                (.made("logs", bestEffort: true), ["fails"]), (.made("next", after: [0]), ["a"]),
                (.made("problem", status: .failed, problems: [.init("nothing found")], bestEffort: true), []),
                (.made("after-problem", after: [2]), ["b"]),
            ]), on: failing(["fails"]))
        #expect(report.rules == [.bestEffortFailed, .succeeded, .bestEffortFailed, .succeeded])
        #expect(report.operations[0].outcome == .failed)
        #expect(report.status == .succeeded)
    }

    @Test("Rules that have nothing to do count as done; rules with problems fail after their operations")
    func statuses() async {
        let report = await run(
            .made(of: [
                (.made("when", status: .conditionNotMet("no")), []),
                (.made("skip", status: .nothingSelected("none")), []),
                (.made("after-both", after: [0, 1]), ["a"]),
                (.made("problem", problems: [.init("b is unreadable")]), ["b"]),
                (.made("failed", status: .failed, problems: [.init("nothing found")]), []),
                (.made("held", after: [3]), ["c"]), (.made("held-too", after: [4]), ["d"]),
                (.made("skip-after-failure", after: [4], status: .nothingSelected("none")), []),
                (.made("empty"), []),
            ]), on: MemoryBackend())
        #expect(
            report.rules == [
                .conditionNotMet("no"), .nothingSelected("none"), .succeeded, .failed, .failed, .heldBack(by: 3),
                .heldBack(by: 4), .nothingSelected("none"), .succeeded,
            ])
        #expect(report.operations.map(\.outcome) == [.uploaded, .uploaded, .heldBack, .heldBack])
        #expect(report.status == .failed)
    }

    @Test("Rules that wait for each other are held back, and nothing hangs")
    func cycle() async {
        let report = await run(
            .made(of: [(.made("a", after: [1]), ["a"]), (.made("b", after: [0]), ["b"])]), on: MemoryBackend())
        #expect(report.rules == [.heldBack(by: 1), .heldBack(by: 0)])
        #expect(report.status == .failed)
    }

    @Test(
        "Only conflicts make a conflict",
        arguments: [
            ([StoreError.Code.conflict], [PlannedRule.Problem](), UploadReport.Status.conflict),
            ([.conflict, .unavailable], [], .failed), ([.conflict], [.init("unreadable")], .failed),
        ])
    func conflicts(codes: [StoreError.Code], problems: [PlannedRule.Problem], status: UploadReport.Status) async {
        let names = codes.map(\.rawValue)
        let backend = MemoryBackend { location in
            if let code = StoreError.Code(rawValue: location.name) { throw StoreError(code, "told to fail") }
        }
        let report = await run(
            .made(of: [(.made("a", problems: problems), names + ["fine"]), (.made("held", after: [0]), ["b"])]),
            on: backend)
        #expect(report.status == status)
    }
}

// MARK: - Concurrency and cancellation

extension UploadExecutorTests {
    @Test("As many operations run at once as allowed, and never more", arguments: [1, 2, 7])
    func boundedConcurrency(limit: Int) async {
        let meeting = Meeting(size: limit)
        let backend = MemoryBackend { _ in await meeting.join() }
        // Each upload waits until as many others are under way: with fewer at once this test would not end.
        let names = (0..<limit * 20).map { "\($0)" }
        let inFlight = Mutex((now: 0, most: 0))
        let planned = PlannedUpload.made(of: [(.made("a"), names), (.made("b"), names.map { "b\($0)" })])
        let report = await run(planned, on: backend, concurrency: limit) { event in
            inFlight.withLock {
                if case .operationStarted = event { $0.now += 1 }
                if case .operationEnded = event { $0.now -= 1 }
                $0.most = max($0.most, $0.now)
            }
        }
        #expect(report.count(of: .uploaded) == limit * 40)
        #expect(inFlight.withLock { $0.most } == limit)
    }

    @Test("A cancelled run ends what runs, starts nothing more, and says so", arguments: [1, 3])
    func cancellation(concurrency: Int) async {
        let started = AsyncStream<String>.makeStream()
        let backend = MemoryBackend { location in
            guard location.name != "quick" else { return }
            started.continuation.yield(location.name)
            try await Task.sleep(for: .seconds(3600))
        }
        let planned = PlannedUpload.made(of: [
            (.made("done"), ["quick"]), (.made("slow", after: [0]), ["1", "2", "3", "4", "5"]),
            (.made("later", after: [1]), ["6"]),
        ])
        let task = Task { await run(planned, on: backend, concurrency: concurrency) }
        var waiting = started.stream.makeAsyncIterator()
        for _ in 0..<concurrency { _ = await waiting.next() }
        task.cancel()
        let report = await task.value
        #expect(report.rules == [.succeeded, .interrupted, .interrupted])
        #expect(report.count(of: .uploaded) == 1)
        #expect(report.count(of: .interrupted) == concurrency)
        #expect(report.count(of: .notAttempted) == 6 - concurrency)
        #expect(report.status == .interrupted)
        #expect(backend.keys == ["1-linux/quick"])
    }

    @Test(
        "A write of which nobody knows what became of it is told as such, cancelled or not", arguments: [false, true])
    func unknownOutcomes(isCancelled: Bool) async {
        let error = StoreError(.unavailable, "the answer was lost")
        let started = AsyncStream<Void>.makeStream()
        let backend = MemoryBackend { location in
            guard location.name == "1" else { return }
            started.continuation.yield()
            while isCancelled, !Task.isCancelled { await Task.yield() }
            throw UnknownOutcome(error)
        }
        let planned = PlannedUpload.made(of: [(.made("a"), ["1"]), (.made("b", after: [0]), ["2"])])
        let task = Task { await run(planned, on: backend) }
        var waiting = started.stream.makeAsyncIterator()
        _ = await waiting.next()
        if isCancelled { task.cancel() }
        let report = await task.value
        #expect(report.operations.map(\.outcome) == [.unknown, isCancelled ? .notAttempted : .heldBack])
        #expect(report.operations[0].error == (isCancelled ? nil : error))
        #expect(report.rules == (isCancelled ? [.interrupted, .interrupted] : [.failed, .heldBack(by: 0)]))
        #expect(report.status == (isCancelled ? .interrupted : .failed))
        #expect(report.json.contains("\"outcome\": \"unknown\""))
    }

    @Test("A backend that throws CancellationError on its own fails")
    func strayCancellationError() async {
        let report = await run(
            .made(of: [(.made("a"), ["1"])]), on: MemoryBackend { _ in throw CancellationError() })
        #expect(report.operations.map(\.outcome) == [.failed])
        #expect(report.status == .failed)
    }

    @Test("Events tell the story in order")
    func events() async {
        let events = Mutex<[UploadEvent]>([])
        let planned = PlannedUpload.made(of: [
            (.made("a"), ["1"]), (.made("b", after: [0]), ["fails"]), (.made("c", after: [1]), ["2"]),
        ])
        let report = await run(planned, on: failing(["fails"]), concurrency: 1) { event in
            events.withLock { $0.append(event) }
        }
        #expect(
            events.withLock { $0 } == [
                .operationStarted(0), .objectReady(operation: 0, byteCount: 1), .progressed(operation: 0, byteCount: 1),
                .operationEnded(0, report.operations[0]), .ruleEnded(0, .succeeded), .operationStarted(1),
                .objectReady(operation: 1, byteCount: 5), .operationEnded(1, report.operations[1]),
                .ruleEnded(1, .failed), .ruleEnded(2, .heldBack(by: 1)),
            ])
    }
}

// MARK: - Objects that are made

extension UploadExecutorTests {
    @Test("An archive is spooled, uploaded and removed", .temporaryDirectory, arguments: [false, true])
    func archives(fails: Bool) async throws {
        let directory = try TemporaryDirectory.url()
        let file = try TestFile.write("x", to: "x", in: directory)
        let spool = directory.appending(path: "spool")
        try FileManager.default.createDirectory(at: spool, withIntermediateDirectories: true)
        let recipe = ArchiveRecipe(format: .zip, level: nil, members: [.init(name: "x", file: file)])
        let planned = PlannedUpload(
            rules: [.made("a")],
            operations: [
                UploadOperation(
                    rule: 0, source: .archive(recipe), destination: .testRoot.appending("a.zip"),
                    contentType: "application/zip")
            ])
        let backend = failing(fails ? ["a.zip"] : [])
        let report = await UploadExecutor(
            backend: backend, archives: TextArchives(), indexes: TextIndexes(), concurrency: 1,
            spoolDirectory: spool.path
        ).run(planned)
        #expect(report.operations.map(\.outcome) == [fails ? .failed : .uploaded])
        #expect(backend[.testRoot.appending("a.zip")]?.bytes == (fails ? nil : Array("archive of x".utf8)))
        #expect(report.operations[0].byteCount == (fails ? nil : 12))
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.path).isEmpty)
    }

    @Test("An archive that cannot be spooled says where")
    func noSpool() async {
        let planned = PlannedUpload(
            rules: [.made("a")],
            operations: [
                UploadOperation(
                    rule: 0, source: .archive(ArchiveRecipe(format: .zip, level: nil, members: [])),
                    destination: .testRoot.appending("a.zip"), contentType: "application/zip")
            ])
        let report = await UploadExecutor(
            backend: MemoryBackend(), archives: TextArchives(), indexes: TextIndexes(), concurrency: 1,
            spoolDirectory: "/nonexistent"
        ).run(planned)
        #expect(report.operations[0].error?.message.contains("/nonexistent") == true)
        #expect(report.operations[0].error?.hint != nil)
    }

    /// A plan whose last rule lists the first two.
    private func indexed(bestEffort: Bool = false) -> PlannedUpload {
        var planned = PlannedUpload.made(of: [
            (.made("logs", bestEffort: bestEffort), ["a.log", "b.log"]),
            (.made("more", bestEffort: bestEffort), ["c.log"]),
            (.made("index"), []),
        ])
        let recipe = IndexRecipe(title: "Logs", rules: [0, 1], operations: [0, 1, 2], parent: nil)
        planned.operations.append(
            UploadOperation(
                rule: 2, source: .index(recipe), destination: .testRoot.appending("index.html"),
                contentType: "text/html"))
        return planned
    }

    @Test(
        "An index waits for what it lists, and lists what was uploaded", arguments: [1, 4],
        ["": "a.log b.log c.log", "b.log": "a.log c.log", "a.log b.log": "c.log"])
    func indexes(concurrency: Int, example: (key: String, value: String)) async throws {
        let (failingNames, expected) = example
        let backend = failing(Set(failingNames.split(separator: " ").map(String.init)))
        let report = await run(indexed(), on: backend, concurrency: concurrency)
        #expect(report.rules[2] == .succeeded)
        let page = try #require(backend[.testRoot.appending("index.html")])
        #expect(String(decoding: page.bytes, as: UTF8.self) == expected)
    }

    @Test("An index of nothing fails, unless all it lists was best effort", arguments: [false, true])
    func emptyIndex(bestEffort: Bool) async {
        let backend = failing(["a.log", "b.log", "c.log"])
        let report = await run(indexed(bestEffort: bestEffort), on: backend)
        #expect(report.operations[3].error?.code == (bestEffort ? nil : .heldBack))
        #expect(report.status == (bestEffort ? .succeeded : .failed))
    }
}

extension OutputLocation {
    fileprivate var name: String { key.text.split(separator: "/").last.map(String.init) ?? "" }
}

/// Lets its members wait until as many are there as it takes.
private actor Meeting {
    private let size: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(size: Int) { self.size = size }

    func join() async {
        if waiting.count + 1 == size {
            for member in waiting { member.resume() }
            waiting = []
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }
}

private struct TextArchives: ArchiveMaker {
    func makeArchive(_ recipe: ArchiveRecipe, at path: String) async throws {
        let names = recipe.members.map(\.name.text).joined(separator: " ")
        try Data("archive of \(names)".utf8).write(to: URL(filePath: path))
    }
}

/// Pages that are the names of what they list; of nothing to list, the title.
private struct TextIndexes: IndexMaker {
    func makeIndex(
        _ recipe: IndexRecipe, for destination: OutputLocation, listing objects: [IndexedObject]
    ) async throws -> [UInt8] {
        Array((recipe.operations.isEmpty ? recipe.title : objects.map(\.location.name).joined(separator: " ")).utf8)
    }
}
