import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("Collisions")
struct CollisionTests {
    private static let twoRules = """
        uploads:
          first: {from: a, to: root}
          second: {from: b, to: root}
          third: {from: c, to: tarballs}
        """

    @Test("Two files with one key are held back, their rules fail, and everything else is uploaded")
    func collision() throws {
        let (upload, warnings) = try planned(Self.twoRules, files: ["a/x", "a/y", "b/x", "c/z"])
        #expect(upload.keys == ["1-linux/y", "1-linux/tarballs/z"])
        #expect(upload.rules.map(\.problems.count) == [1, 1, 0])
        #expect(upload.rules.map(\.status) == [.active, .failed, .active], "the second uploads nothing else")
        #expect(upload.skipped.map(\.path) == ["a/x", "b/x"])
        let diagnostic = try #require(warnings.first)
        #expect(warnings.count == 1)
        #expect(diagnostic.code == .collision && diagnostic.severity == .error)
        #expect(diagnostic.label == "rule 'second' takes 'b/x'")
        #expect(diagnostic.notes.map(\.message) == ["rule 'first' takes 'a/x'"])
    }

    @Test("Of three files with one key none is uploaded")
    func threeFiles() throws {
        let plan = "uploads:\n  logs: {from: a, include: [\"**/x\", y], flatten: true, to: root}\n"
        let (upload, _) = try planned(plan, files: ["a/1/x", "a/2/x", "a/3/x", "a/y"])
        #expect(upload.keys == ["1-linux/y"])
        #expect(upload.skipped.count == 3)
    }

    @Test(
        "What the plan alone proves is refused",
        arguments: [
            "second: {file: b/x, to: {artifact: {filename: x}}}",
            "second: {archive: {format: zip, from: b}, to: {artifact: {filename: x}}}",
            "second: {index: {of: [third]}, to: {artifact: {filename: x}}}",
        ])
    func provenByPlan(second: String) throws {
        let plan = """
            uploads:
              first: {file: a/x, to: artifact}
              \(second)
              third: {from: c, to: tarballs}
            """
        let error = #expect(throws: PlanRejected.self) { try planned(plan, files: ["a/x", "b/x", "c/z"]) }
        #expect(error?.diagnostics.map(\.code) == [.collision])
    }

    @Test("A file in the place of a page: neither is uploaded, and no page lists what is held back")
    func pages() throws {
        let plan = """
            uploads:
              files: {from: a, to: tarballs}
              page: {index: {of: [files]}, to: {tarball: {filename: index.html}}}
              pages: {index: {of: [files], each_directory: true}, to: tarballs}
              others: {from: b, to: tarballs}
            """
        let files = ["a/index.html", "a/x", "a/s/index.html", "a/s/y", "a/t/z", "a/v", "b/v"]
        let (upload, _) = try planned(plan, files: files)
        #expect(
            upload.keys == ["1-linux/tarballs/s/y", "1-linux/tarballs/t/z", "1-linux/tarballs/x"]
                + ["1-linux/tarballs/t/index.html"])
        #expect(upload.rules.map(\.status) == [.active, .failed, .active, .failed])
        #expect(upload.rules.map(\.problems.count) == [3, 1, 1, 1])
    }

    @Test("A page lists the objects that it listed without those that are held back")
    func listing() throws {
        let plan = """
            uploads:
              files: {from: a, to: tarballs}
              page: {index: {of: [files]}, to: {tarball: {filename: index.html}}}
              others: {from: b, to: tarballs}
            """
        let upload = try planned(plan, files: ["a/u", "a/v", "a/w", "b/v"]).upload
        guard case .index(let recipe)? = upload.operations.last?.source else {
            Issue.record("no page")
            return
        }
        #expect(recipe.operations.map { upload.keys[$0] } == ["1-linux/tarballs/u", "1-linux/tarballs/w"])
    }

    @Test(
        "Keys that differ only by case are two keys, and a warning; an error of their rules where one asks for it",
        arguments: [
            ("", false, 3), ("case_collisions: warn", false, 3), ("case_collisions: error", false, 1), ("", true, 1),
        ])
    func caseTwins(option: String, ignoresCase: Bool, count: Int) throws {
        let plan = """
            uploads:
              first: {from: a, to: root, \(option)}
              second: {from: b, to: root}
            """.replacing(", }", with: "}")
        let bound = try bound(plan)
        let listing = TreeListing(paths: ["a/X", "a/other", "b/x"])
        let (upload, warnings) = try [bound].drafted(with: listing.inventory(answering: bound.inventoryRequest))
            .planned(ignoresCase: ignoresCase)
        #expect(upload.operations.count == count)
        #expect(warnings.map(\.code) == [.caseCollision])
        #expect(warnings.map(\.severity) == [count == 3 ? .warning : .error])
        #expect(upload.rules.map(\.problems.isEmpty) == [count == 3, count == 3])
    }

    @Test("Keys that differ only in normalisation are two keys, and a warning")
    func normalizationTwins() throws {
        let result = try planned(Self.twoRules, files: ["a/e\u{301}", "b/\u{E9}"])
        #expect(result.upload.operations.count == 2)
        #expect(result.warnings.map(\.code) == [.normalizationTwins])
    }

    @Test("The same name in two places is not a collision")
    func different() throws {
        #expect(try planned(Self.twoRules, files: ["a/x/f", "b/y/f"]).warnings == [])
    }
}
