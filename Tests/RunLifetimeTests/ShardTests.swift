import RunLifetime
import Testing

@Suite("Shards")
struct ShardTests {
    @Test("Every key belongs to one shard, and none gets much more than its part")
    func partition() throws {
        let shards = try (1...7).map { try #require(Shard("\($0)/7")) }
        var counts = Array(repeating: 0, count: 7)
        for index in 0..<7000 {
            let holders = shards.indices.filter { shards[$0].holds("123-linux/logs/gfx94X/file-\(index).log") }
            #expect(holders.count == 1)
            counts[holders[0]] += 1
        }
        #expect(counts.allSatisfy { (800...1200).contains($0) }, "\(counts)")
    }

    @Test(
        "The split never changes: jobs of other versions must agree",
        arguments: [("", 3, 5), ("a", 5, 5), ("7-linux/blas_lib_gfx94X.tar.zst", 4, 5)])
    func isStable(key: String, number: Int, count: Int) throws {
        let holders = try (1...count).filter { try #require(Shard("\($0)/\(count)")).holds(key) }
        #expect(holders == [Self.remainder(of: key, by: count) + 1])
    }

    /// FNV-1a by its definition, with numbers too large to overflow.
    private static func remainder(of key: String, by count: Int) -> Int {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in key.utf8 {
            hash ^= UInt64(byte)
            hash = hash.multipliedFullWidth(by: 1_099_511_628_211).low
        }
        return Int(hash % UInt64(count))
    }

    @Test(
        "Anything else is not a shard",
        arguments: ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "01/2", "1/ 2", "1/10001"])
    func refuses(text: String) { #expect(Shard(text) == nil) }

    @Test("Receipts of some shards tell that the others are missing")
    func missing() {
        let names = ["build-linux", "copy-2of3", "copy-1of3", "copy-1of2", "x-1of1", "of", "a-9of3", "-1of2"]
        #expect(Shard.missing(besides: names) == ["copy-2of2", "copy-3of3"])
    }
}
