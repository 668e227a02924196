import Foundation
import Testing
import UploadTestSupport

/// One row of the table in manifests/listings/README.md.
struct RecordedListing: CustomTestStringConvertible {
    var name: String
    var plan: String
    var settings: [String]

    var testDescription: String { name }

    /// The arguments that plan it.
    var arguments: [String] {
        [Tool.manifest(plan), "--files-from", file("txt")] + settings.flatMap { ["--set", $0] }
    }

    /// A file of the listing's name.
    func file(_ ending: String) -> String {
        Tool.repository.appending(path: "manifests/listings/\(name).\(ending)").path
    }

    /// The rows of the table.
    static func all() throws -> [RecordedListing] {
        let table = try repositoryFile("manifests/listings/README.md")
        return table.matches(of: /(?m)^\| \[`([\w-]+)`\][^|]*\| \[`([\w-]+)`\][^|]*\| `([^`]*)` \|$/).map {
            RecordedListing(
                name: String($0.1), plan: String($0.2), settings: $0.3.split(separator: " ").map(String.init))
        }
    }
}

@Suite("The listings of shipped plans")
struct ListingTests {
    @Test("are there for every plan, and have lock files")
    func complete() throws {
        let listings = try RecordedListing.all()
        #expect(Set(listings.map(\.plan)) == Set(ManifestTests.plans))
        let directory = Tool.repository.appending(path: "manifests/listings").path
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(Set(files) == Set(listings.flatMap { ["\($0.name).txt", "\($0.name).lock"] } + ["README.md"]))
    }

    @Test("are planned without a rule that fails", .directoryInMemory, arguments: try RecordedListing.all())
    func planned(listing: RecordedListing) async throws {
        let outcome = try await Tool.run(["plan", "--run-id", "12", "--detailed-exitcode"] + listing.arguments)
        #expect(outcome.exitCode == 5, "\(outcome.errors)")
    }

    /// After a change of a layout run once with `RECORD_GOLDEN=1`, and read what changed.
    @Test("have the layout that was reviewed", .directoryInMemory, arguments: try RecordedListing.all())
    func locked(listing: RecordedListing) async throws {
        let outcome = try await Tool.run(["diff", "--lock", listing.file("lock")] + listing.arguments)
        #expect(
            outcome.exitCode == 0 && outcome.output.hasPrefix("No differences"), "\(outcome.output)\(outcome.errors)")
        guard ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1", outcome.exitCode != 0 else { return }
        _ = try await Tool.run(["diff", "--update-lock", "--lock", listing.file("lock")] + listing.arguments)
    }

    @Test("show a rule that moves elsewhere", .directoryInMemory)
    func moved() async throws {
        let listing = try #require(try RecordedListing.all().first { $0.name == "post-build" })
        let plan = try repositoryFile("manifests/post-build.yaml").replacing(
            "to: manifest\n", with: "to: manifest_root\n")
        try SampleTree(at: TemporaryDirectory.url()).make(["plan.yaml": .text(plan)])
        let outcome = try await Tool.run(
            ["diff", "--lock", listing.file("lock"), "plan.yaml"] + listing.arguments.dropFirst())
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("manifests/therock_manifest.json"), "\(outcome.output)")
    }
}
