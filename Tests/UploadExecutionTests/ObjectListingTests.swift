import RunOutputs
import Testing
import UploadExecution

@Suite("Listings of objects")
struct ObjectListingTests {
    private static let prefix = OutputLocation(bucket: "b", key: "1-linux")

    private static func keys(
        of keys: [String], size: Int64 = 1, below prefix: OutputLocation = prefix, _ depth: ListingDepth = .everything
    ) async throws -> [String] {
        let listing = ObjectListing(below: prefix, depth) { _ in
            .init(
                entries: keys.map { key in
                    .object(StoredObject(location: OutputLocation(bucket: "b", key: ExactString(key)), size: size))
                })
        }
        var found: [String] = []
        for try await case .object(let object) in listing { found.append(object.location.key.text) }
        return found
    }

    @Test(
        "refuse keys that are not below what was asked for, and those that lead elsewhere as paths",
        arguments: [
            "other-run/x", "1-linux", "1-linux/", "1-linux-old/x", "/1-linux/x", "/etc/passwd", "1-linux/../x",
            "1-linux/a/../../x", "1-linux/..", "../1-linux/x", "",
        ], [ListingDepth.everything, .oneLevel])
    func refuses(key: String, depth: ListingDepth) async throws {
        let error = await #expect(throws: StoreError.self) {
            try await Self.keys(of: ["1-linux/a", key], depth)
        }
        #expect(error?.message.contains("'\(key)'") == true)
    }

    @Test("refuse a negative size")
    func negativeSize() async {
        await #expect(throws: StoreError.self) { try await Self.keys(of: ["1-linux/a"], size: -1) }
    }

    @Test("leave out what is deeper than asked for, where a store knows no delimiter")
    func depth() async throws {
        let keys = ["1-linux/..a", "1-linux/a.tar.zst", "1-linux/logs/b.tar.zst"]
        #expect(try await Self.keys(of: keys) == keys)
        #expect(try await Self.keys(of: keys, .oneLevel) == ["1-linux/..a", "1-linux/a.tar.zst"])
        let all = OutputLocation(bucket: "b", key: "")
        #expect(try await Self.keys(of: ["x", "y/z"], below: all) == ["x", "y/z"])
    }
}
