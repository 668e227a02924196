import Foundation
import RunLifetime
import RunOutputs
import Testing
import UploadTestSupport

@testable import UploadExecution

@Suite("S3 inventories")
struct InventoryTests {
    private static let fixture = Fixture.directory(of: #filePath).appending(path: "inventory")

    /// A copy of the fixture that a test may change: manifest and data, side by side.
    private static func copy() throws -> URL {
        let place = try TemporaryDirectory.url().appending(path: "inventory")
        try FileManager.default.copyItem(at: fixture, to: place)
        return place
    }

    private static func census(_ place: URL) async throws -> ObjectCensus {
        let path = place.appending(path: "2026-11-25T01-00Z/manifest.json").path
        let manifest = try InventoryManifest(Array(try Data(contentsOf: URL(filePath: path))), path: path)
        #expect(manifest.bucket == "nightly-bucket")
        let root = RunOutputRoot(foundAt: "run", in: manifest.bucket, releaseType: "ci", layout: .builtIn)
        var census = ObjectCensus(
            besides: root, spoolDirectory: try TemporaryDirectory.url().path, now: try #require(manifest.created))
        try await census.take(manifest)
        return census
    }

    @Test("Runs, versions and what is held twice are counted", .temporaryDirectory)
    func counts() async throws {
        let census = try await Self.census(Self.fixture)
        #expect(
            census.tally.runs.mapValues(\.sum.objects) == [
                "7-linux": 3, "8-linux": 1, "ROCm-rocm-libraries/9-linux": 1,
            ])
        #expect(census.tally.runs["7-linux"]?.terms["log_file"]?.bytes == 10)
        #expect(census.tally.strays.keys.sorted() == ["tmp/"])
        #expect(census.tally.noncurrent.objects == 1 && census.tally.noncurrent.bytes == 4)
        let duplicates = try #require(try census.duplicated())
        #expect(duplicates.objects == 1 && duplicates.bytes == 1000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: try TemporaryDirectory.url().path).isEmpty)
    }

    @Test("A file of which a byte differs is refused, whatever it holds", .temporaryDirectory)
    func damage() async throws {
        let place = try Self.copy()
        let manifest = place.appending(path: "2026-11-25T01-00Z/manifest.json")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        // Another digest than the file has: the file is whole, and not the one that the manifest means.
        let digest = try #require(text.firstMatch(of: /"MD5checksum": "([0-9a-f]{32})"/))
        try text.replacing(digest.1, with: String(repeating: "0", count: 32), maxReplacements: 1)
            .write(to: manifest, atomically: true, encoding: .utf8)
        let error = await #expect(throws: InvalidInventory.self) { try await Self.census(place) }
        #expect(error?.problem.contains("its MD5 is") == true, "\(String(describing: error))")
    }

    @Test(
        "A file that is cut, empty or no gzip is refused", .temporaryDirectory, arguments: [0, 1, 30, -1])
    func cut(byteCount: Int) async throws {
        let place = try Self.copy()
        let file = place.appending(path: "data/1a2b3c4d-0000-4000-8000-000000000001.csv.gz")
        let data = try Data(contentsOf: file)
        try (byteCount < 0 ? Data("key,1\n".utf8) : data.prefix(byteCount)).write(to: file)
        await #expect(throws: InvalidInventory.self) { try await Self.census(place) }
    }

    @Test("A file that was not downloaded is named", .temporaryDirectory)
    func absent() async throws {
        let place = try Self.copy()
        try FileManager.default.removeItem(
            at: place.appending(path: "data/1a2b3c4d-0000-4000-8000-000000000002.csv.gz"))
        let error = await #expect(throws: InvalidInventory.self) { try await Self.census(place) }
        #expect(error?.problem.contains("000000000002.csv.gz is not there") == true, "\(String(describing: error))")
    }

    @Test("Files are found where they lie in the bucket, too", .temporaryDirectory)
    func keys() async throws {
        let place = try Self.copy()
        let bucket = try TemporaryDirectory.url().appending(path: "bucket/inventories/nightly-bucket/daily")
        try FileManager.default.createDirectory(at: bucket, withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: place.appending(path: "data"), to: bucket.appending(path: "data"))
        try FileManager.default.moveItem(
            at: place.appending(path: "2026-11-25T01-00Z"),
            to: bucket.appending(path: "2026-11-25T01-00Z"))
        #expect(try await Self.census(bucket).tally.total.objects == 6)
    }

    @Test(
        "Other documents are not manifests",
        arguments: [
            "", "{}", "[1]",
            #"{"sourceBucket": "b", "fileFormat": "ORC", "fileSchema": "Key, Size", "files": []}"#,
            #"{"sourceBucket": "b", "fileFormat": "CSV", "fileSchema": "Key", "files": []}"#,
        ])
    func others(text: String) {
        #expect(throws: InvalidInventory.self) { try InventoryManifest(Array(text.utf8), path: "manifest.json") }
    }

    @Test("What is there more than once is counted, however much it is", .temporaryDirectory)
    func duplicates() throws {
        let place = try TemporaryDirectory.url().path
        do {
            let spool = DuplicateSpool(in: place)
            for index in 0..<100_000 { try spool.add("content \(index % 40_000)", size: Int64(index % 40_000)) }
            try spool.add("content 1", size: 7)
            let found = try spool.duplicates()
            #expect(found.objects == 60_000)
            // Each of the first 20,000 comes three times, and each of the others twice.
            let sum: Int64 = (0..<40_000).reduce(0, +)
            let ofFirst: Int64 = (0..<20_000).reduce(0, +)
            #expect(found.bytes == sum + ofFirst)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
    }
}
