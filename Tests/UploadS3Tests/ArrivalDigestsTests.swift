import Foundation
import NIOCore
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("Digests of what arrives")
struct ArrivalDigestsTests {
    /// Three parts of 300,000 bytes and a short one.
    private static let content = Data.sample(byteCount: 1_000_000)
    private static let partSize = 300_000
    private static let chunkSize = 70_000

    /// What happens, by number of the part.
    enum Step: Sendable {
        /// This many chunks of the part arrive.
        case chunks(Int, of: Int)
        /// The rest of the part arrives.
        case rest(Int)
        /// A chunk that is wrong arrives, and then the part starts again.
        case failure(Int)
    }

    static let courses: [[Step]] = [
        [.rest(0), .rest(1), .rest(2), .rest(3)],
        [.rest(3), .rest(2), .rest(1), .rest(0)],
        [.chunks(1, of: 0), .chunks(2, of: 1), .rest(0), .rest(1), .rest(3), .rest(2)],
        [.chunks(2, of: 1), .rest(0), .chunks(1, of: 1), .rest(2), .rest(1), .rest(3)],
        [.chunks(1, of: 0), .failure(0), .rest(1), .rest(0), .rest(2), .rest(3)],
        [.rest(0), .failure(1), .chunks(1, of: 1), .rest(2), .rest(1), .rest(3)],
        [.rest(0), .failure(2), .rest(2), .rest(1), .rest(3)],
    ]

    @Test("are those of the whole, in whatever order it arrives", .directoryInMemory, arguments: courses.indices)
    func order(_ course: Int) throws {
        let path = try TemporaryDirectory.url().appending(path: "copy").path
        let file = try PartialFile(at: path, version: nil)
        let digests = ArrivalDigests(of: file, [.sha256, .md5])
        let ranges = stride(from: 0, to: Self.content.count, by: Self.partSize).map { start in
            Int64(start)..<Int64(min(start + Self.partSize, Self.content.count))
        }
        let writers = ranges.map { DownloadSink(file, digests, $0, isPart: true) { _ in } }
        var offsets = ranges.map { Int($0.lowerBound) }
        func send(_ part: Int) throws {
            let end = min(offsets[part] + Self.chunkSize, Int(ranges[part].upperBound))
            try writers[part].take(ByteBuffer(bytes: Self.content[offsets[part]..<end]))
            offsets[part] = end
        }
        for step in Self.courses[course] {
            switch step {
            case .chunks(let count, let part): for _ in 0..<count { try send(part) }
            case .failure(let part):
                try writers[part].take(ByteBuffer(repeating: 1, count: Self.chunkSize))
                writers[part].restart()
                offsets[part] = Int(ranges[part].lowerBound)
            case .rest(let part):
                while offsets[part] < Int(ranges[part].upperBound) { try send(part) }
                try digests.complete(ranges[part])
            }
        }
        let found = try digests.finish(byteCount: Int64(Self.content.count))
        let expected = unsafe Self.content.withUnsafeBytes { unsafe ContentDigests.of($0, [.sha256, .md5]) }
        #expect(found == expected)
    }

    @Test("cannot be had of a file that ends early", .directoryInMemory)
    func short() throws {
        let path = try TemporaryDirectory.url().appending(path: "copy").path
        let digests = ArrivalDigests(of: try PartialFile(at: path, version: nil), .sha256)
        #expect(throws: StoreError.self) { try digests.finish(byteCount: 1) }
    }
}
