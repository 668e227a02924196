import Foundation
import Testing
import UploadTestSupport

/// Tests that swap or lose parts of a sample see it only if no two parts are alike.
@Suite("Sample data")
struct SampleDataTests {
    @Test("has no two equal megabytes, and differs by seed")
    func differs() {
        let size = 1 << 20
        let sample = Data.sample(byteCount: 13 * size)
        #expect(sample.count == 13 * size)
        let megabytes = (0..<13).map { sample[$0 * size..<($0 + 1) * size] }
        #expect(Set(megabytes.map { Data($0) }).count == 13)
        #expect(Set(sample.prefix(1000)).count > 200)
        #expect(Data.sample(byteCount: 20_000, seed: 1) != sample.prefix(20_000))
        #expect(Data.sample(byteCount: 0).isEmpty)
    }
}
