import Foundation
import LocalFiles
import RunOutputs
import Testing
import UploadTestSupport

@testable import UploadExecution

/// Putting what was extracted in place: all of it, or nothing.
@Suite("Putting artifacts in place")
struct PlacementTests {
    typealias Tree = [String: SampleEntry]

    /// Some trees that are put into an output directory, and what is there then; `nil` if it must stay as it was.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var before: Tree = [:]
        var trees: [(name: String, entries: Tree)]
        var after: [String: String]?
        var words = ""

        var testDescription: String { name }
    }

    private static func link(_ target: String) -> SampleEntry { SampleEntry(.symlink(to: target)) }
    private static let directory = SampleEntry(.directory)

    static let cases: [Case] = [
        Case(
            name: "trees that have a directory in common",
            before: ["lib/kept": .text("kept"), "lib/both": .text("old")],
            trees: [
                ("a", ["lib/a": .text("a"), "lib/both": .text("a"), "x/y/z": .text("z")]),
                ("b", ["lib/b": .text("b"), "lib/both": .text("b"), "x/y/w": .text("w")]),
            ],
            after: [
                "lib/kept": "kept", "lib/a": "a", "lib/b": "b", "lib/both": "b", "x/y/z": "z", "x/y/w": "w",
            ]),
        Case(
            name: "a directory that is a symlink of another tree",
            trees: [
                ("a", ["lib/a": .text("a"), "lib64": link("lib")]),
                ("b", ["lib64/b": .text("b"), "lib64/deep/c": .text("c")]),
            ], after: ["lib/a": "a", "lib/b": "b", "lib/deep/c": "c", "lib64": "-> lib"]),
        Case(
            name: "a directory that is a symlink of the output directory",
            before: ["usr/lib": directory, "lib": link("usr/lib")], trees: [("a", ["lib/x/y": .text("y")])],
            after: ["usr/lib/x/y": "y", "lib": "-> usr/lib"]),
        Case(
            name: "a symlink to a directory that comes later",
            trees: [
                ("a", ["lib64": link("usr/lib")]), ("b", ["lib64/b": .text("b")]), ("c", ["usr/lib/c": .text("c")]),
            ], after: ["usr/lib/b": "b", "usr/lib/c": "c", "lib64": "-> usr/lib"]),
        Case(
            name: "a symlink that goes up behind a directory of another tree",
            trees: [
                ("a", ["bin/clang": link("../lib/llvm/lib/../bin/clang")]),
                ("b", ["lib/llvm/bin/clang": .text("compiler"), "lib/llvm/lib/x": .text("x")]),
            ],
            after: [
                "bin/clang": "-> ../lib/llvm/lib/../bin/clang", "lib/llvm/bin/clang": "compiler", "lib/llvm/lib/x": "x",
            ]),
        Case(
            name: "files and symlinks take the place of one another", before: ["f": link("nowhere"), "g": .text("g")],
            trees: [("a", ["f": .text("f"), "g": link("f")])], after: ["f": "f", "g": "-> f"]),
        Case(
            name: "a symlink where another tree has a directory",
            trees: [
                ("a", ["aaa": .text("a"), "lib64/b": .text("b")]), ("b", ["bbb": .text("b"), "lib64": link("lib")]),
            ], words: "'lib64'"),
        Case(
            name: "a file where another tree has a directory",
            trees: [("a", ["aaa": .text("a"), "x/y": .text("y")]), ("b", ["bbb": .text("b"), "x": .text("x")])],
            words: "'x'"),
        Case(
            name: "a directory where another tree has a file",
            trees: [("a", ["aaa": .text("a"), "x": .text("x")]), ("b", ["bbb": .text("b"), "x/y": .text("y")])],
            words: "'x'"),
        Case(
            name: "a file in the way, deep down, of the last tree", before: ["d/e/f/g": .text("in the way")],
            trees: [("a", ["d/e/a": .text("a")]), ("b", ["d/e/f": .text("f"), "d/e/b": .text("b")])], words: "'d/e/f'"),
        Case(
            name: "a directory behind a symlink to a file", before: ["lib": link("f"), "f": .text("f")],
            trees: [("a", ["aaa": .text("a"), "lib/x": .text("x")])], words: "'lib'"),
        Case(
            name: "a directory behind a symlink that leads out", before: ["lib": link("../outside")],
            trees: [("a", ["aaa": .text("a"), "lib/x": .text("x")])], words: "leads out"),
        Case(
            name: "a directory behind an absolute symlink", before: ["lib": link("/tmp")],
            trees: [("a", ["aaa": .text("a"), "lib/x": .text("x")])], words: "leads out"),
        Case(
            name: "a directory behind symlinks of two trees that lead out together",
            trees: [
                ("a", ["x": link(".")]), ("b", ["y": link("x/../outside")]), ("c", ["y/evil": .text("evil")]),
            ], words: "leads out"),
        Case(
            name: "symlinks of two trees that lead out together",
            trees: [
                ("a", ["x": link(".")]), ("b", ["y": link("x/../outside")]),
            ], words: "'y'"),
        Case(
            name: "a symlink that leads out from where another one takes it",
            before: ["top": directory, "p/q": link("../top")],
            trees: [("a", ["p/q/up": link("../../x"), "aaa": .text("a")])], words: "'top/up'"),
        Case(
            name: "a symlink that leads out from where a whole directory is taken",
            before: ["top": directory, "p/q": link("../top")],
            trees: [("a", ["p/q/new/deeper/up": link("../../../../x")])], words: "'top/new/deeper/up'"),
        Case(
            name: "the staging directory itself",
            trees: [("a", [".therock-fetch/placing": .text("evil"), "aaa": .text("a")])], words: "'.therock-fetch'"),
        Case(
            name: "the staging directory behind a symlink", before: ["x": link(".therock-fetch")],
            trees: [("a", ["x/new/evil": .text("evil")])], words: "'.therock-fetch/new'"),
        Case(
            name: "a circle of symlinks", before: ["x": link("y"), "y": link("x")],
            trees: [("a", ["aaa": .text("a"), "x/f": .text("f")])], words: "'x'"),
    ]

    // MARK: - Help

    private func output() throws -> URL { try TemporaryDirectory.url().appending(path: "out") }

    /// Makes the output directory with a staging directory in it that holds all trees, and is ready.
    private func prepare(_ before: Tree, _ trees: [(name: String, entries: Tree)]) throws -> StagingDirectory {
        try FileManager.default.createDirectory(
            at: TemporaryDirectory.url().appending(path: "outside"), withIntermediateDirectories: true)
        try SampleTree(at: output()).make(before)
        let staging = try StagingDirectory(in: output().path)
        for tree in trees {
            let directory = try staging.directory(for: tree.name)
            try SampleTree(at: URL(filePath: directory)).make(tree.entries)
            let undecided = tree.entries.compactMap { path, entry -> MemberPath? in
                guard case .symlink(let target) = entry.kind, LinkTarget(Array(target.utf8))?.goesUpLater == true
                else { return nil }
                return try? MemberPath(Array(path.utf8))
            }
            try staging.complete(
                tree.name,
                StagingNote(
                    version: "v", evidence: .announced, byteCount: 1, skippedLinks: [], undecidedLinks: undecided))
        }
        return staging
    }

    /// What the output directory holds, without empty directories and the hidden one: contents, and `-> target`.
    private func contents() throws -> [String: String] {
        let root = try output()
        var found: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path)
        where !path.hasPrefix(".therock-fetch") {
            let place = root.appending(path: path).path
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place) {
                found[path] = "-> \(target)"
            } else if let data = FileManager.default.contents(atPath: place) {
                found[path] = String(decoding: data, as: UTF8.self)
            }
        }
        return found
    }

    // MARK: - Tests

    @Test("puts all in place, or nothing", .temporaryDirectory, arguments: cases)
    func joins(_ test: Case) throws {
        let staging = try prepare(test.before, test.trees)
        let before = try contents()
        let names = test.trees.map(\.name)
        if let after = test.after {
            try staging.place(names, .join, .last)
            #expect(try contents() == after)
        } else {
            let failure = #expect(throws: StagingDirectory.Failure.self) { try staging.place(names, .join, .last) }
            #expect(failure?.remains == .nothing)
            #expect(failure?.error.message.contains(test.words) == true, "\(failure.map { "\($0)" } ?? "")")
            #expect(try contents() == before)
            // What was extracted waits for the next fetch.
            staging.leave()
            #expect(names.allSatisfy { staging.note(of: $0) != nil })
        }
        let outside = try TemporaryDirectory.url().appending(path: "outside").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
    }

    /// Trees whose files take the place of some, with a symlink on the way.
    private static let before: Tree = [
        "lib/both": .text("old"), "lib/kept": .text("kept"), "share/doc/x": .text("old"), "link": link("lib"),
    ]
    private static let trees: [(name: String, entries: Tree)] = [
        (
            "a",
            [
                "lib/a": .text("a"), "lib/both": .text("a"), "lib64": link("lib"), "share/doc/x": .text("x"),
                "new/deep/er": .text("a"), "link": .text("no link any more"),
            ]
        ), ("b", ["lib/both": .text("b"), "lib64/b": .text("b"), "new/deep/b": .text("b"), "usr": link("absent")]),
        ("c", ["usr/c": .text("c")]),
    ]
    private static let joined = [
        "lib/both": "b", "lib/kept": "kept", "share/doc/x": "x", "lib/a": "a", "lib/b": "b", "lib64": "-> lib",
        "new/deep/er": "a", "new/deep/b": "b", "link": "no link any more", "usr": "-> absent", "absent/c": "c",
    ]
    private static let names = ["a", "b", "c"]

    @Test("ends what was interrupted after any step, and takes back what failed there", .directoryInMemory)
    func interrupted() throws {
        var count = 1
        var step = 0
        while step <= count {
            try? FileManager.default.removeItem(at: output())
            var staging: StagingDirectory? = try prepare(Self.before, Self.trees)
            let before = try contents()
            if let staging {
                let (hidden, output) = try staging.open()
                let plan = try staging.plan(Self.names, .join, .last, hidden, output)
                count = plan.actions.count
                try staging.begin(Self.names, .join)
                var mover = TreeMover(from: hidden, backup: StagingDirectory.old, to: output)
                for action in plan.actions.prefix(step) { try mover.carryOut(action) }
                if step % 2 == 1 {
                    let isUndone = mover.undo()
                    #expect(isUndone)
                    #expect(try contents() == before, "after \(step) steps")
                }
            }
            // As if the process had been killed: nothing was cleaned up.
            staging = nil
            let next = try StagingDirectory(in: output().path)
            #expect(try Set(next.recover().keys) == Set(Self.names))
            #expect(try contents() == Self.joined, "after \(step) steps")
            next.leave()
            #expect(try !FileManager.default.fileExists(atPath: output().appending(path: ".therock-fetch").path))
            step += 1
        }
        #expect(count > 10)
    }

    @Test("takes everything back when something stands in the way at last", .temporaryDirectory)
    func takesBack() throws {
        let staging = try prepare(Self.before, Self.trees)
        let before = try contents()
        let (hidden, output) = try staging.open()
        let plan = try staging.plan(Self.names, .join, .last, hidden, output)
        var mover = TreeMover(from: hidden, backup: StagingDirectory.old, to: output)
        // Something else makes a directory after the check.
        try SampleTree(at: self.output()).make(["absent/c/foreign": .text("foreign")])
        #expect(throws: StoreError.self) { try mover.carryOut(plan.actions) }
        let isUndone = mover.undo()
        #expect(isUndone)
        #expect(try contents() == before.merging(["absent/c/foreign": "foreign"]) { $1 })
    }

    @Test("directories are replaced, all or none, and ended after an interruption", .temporaryDirectory)
    func replaces() throws {
        let before: Tree = ["a/old": .text("old"), "b": .text("a file"), "kept/x": .text("kept")]
        for step in 0...3 {
            try? FileManager.default.removeItem(at: output())
            let staging = try prepare(before, Self.trees)
            let (hidden, output) = try staging.open()
            let plan = try staging.plan(Self.names, .replace, .last, hidden, output)
            #expect(plan.actions.count == 3)
            try staging.begin(Self.names, .replace)
            var mover = TreeMover(from: hidden, backup: StagingDirectory.old, to: output)
            for action in plan.actions.prefix(step) { try mover.carryOut(action) }
            _ = try staging.recover()
            let found = try contents()
            #expect(found["a/old"] == nil && found["a/lib/a"] == "a" && found["b/usr"] == "-> absent")
            #expect(found["c/usr/c"] == "c" && found["kept/x"] == "kept")
        }
    }

    @Test("a note of another start of the system, or one that was cut off, is not followed", .temporaryDirectory)
    func staleNotes() throws {
        for isCut in [true, false] {
            try? FileManager.default.removeItem(at: output())
            let staging = try prepare(Self.before, Self.trees)
            let before = try contents()
            try staging.begin(Self.names, .join)
            let place = try output().appending(path: ".therock-fetch/placing")
            let text = try String(contentsOf: place, encoding: .utf8)
            try Data((isCut ? String(text.dropLast(2)) : "x" + text).utf8).write(to: place)
            #expect(try staging.recover().isEmpty)
            #expect(try contents() == before)
        }
    }

    /// `/dev/shm` is another file system than the temporary directory wherever both exist.
    @Test("moves between file systems, and back", .temporaryDirectory, .enabled(if: Self.hasMemoryDisk))
    func crossesFileSystems() throws {
        let far = URL(filePath: "/dev/shm/therock-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: far) }
        try FileManager.default.createDirectory(
            at: far.appending(path: "old"), withIntermediateDirectories: true)
        try SampleTree(at: output()).make(Self.before)
        let before = try contents()
        for tree in Self.trees { try SampleTree(at: far.appending(path: tree.name)).make(tree.entries, modified: 12) }
        let hidden = try Descriptor.open(path: far.path, .pathOnly)
        let output = try Descriptor.open(path: self.output().path, .pathOnly)
        var plan = PlacementPlan(from: hidden, to: output, overlaps: .last)
        for name in Self.names { try plan.join([Array(name.utf8CString)], undecided: []) }
        for isLast in [false, true] {
            var mover = TreeMover(from: hidden, backup: StagingDirectory.old, to: output)
            try mover.carryOut(plan.actions)
            #expect(try contents() == Self.joined)
            let place = try self.output().appending(path: "new/deep/b").path
            let date = try FileManager.default.attributesOfItem(atPath: place)[.modificationDate] as? Date
            #expect(date == Date(timeIntervalSince1970: 12))
            guard !isLast else { break }
            let isUndone = mover.undo()
            #expect(isUndone)
            #expect(try contents() == before)
        }
    }

    private static let hasMemoryDisk = FileManager.default.isWritableFile(atPath: "/dev/shm")
}
