import Crypto
import NIOHTTP1
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("Whether an object has a content")
struct ContentComparisonTests {
    private static let text = Array("new".utf8)
    private static let sha256 = BackendContract.sha256(text)
    private static let md5 = String(hexadecimal: Insecure.MD5.hash(data: text))
    private static let parts = UploadContent.tag(ofParts: [Array(Insecure.MD5.hash(data: text))])
    private static let crc32 = ContentDigests.of(text)
    private static let other = String(repeating: "0", count: 64)
    private static let otherTag = String(repeating: "0", count: 32)

    enum Verdict: Hashable, Sendable { case identical, different, undecided, disputed }

    /// What a store says of an object of the same size, and what follows.
    static let cases: [(headers: [(String, String)], isAWS: Bool, verdict: Verdict)] = [
        ([("etag", md5)], false, .identical),
        ([("etag", md5.uppercased())], false, .identical),
        ([("etag", otherTag)], false, .different),
        // Metadata says something else than the store, and the store is believed, or the object read.
        ([("etag", md5), ("x-amz-meta-sha256", other)], false, .identical),
        ([("etag", otherTag), ("x-amz-meta-sha256", sha256)], false, .disputed),
        ([("etag", otherTag), ("x-amz-meta-sha256", sha256)], true, .disputed),
        ([("etag", parts), ("x-amz-meta-sha256", other)], false, .identical),
        ([("etag", "\(otherTag)-1"), ("x-amz-meta-sha256", sha256)], false, .disputed),
        ([("etag", "\(otherTag)-1")], false, .different),
        ([("etag", "\(otherTag)-7"), ("x-amz-meta-sha256", sha256)], false, .disputed),
        ([("etag", "\(otherTag)-7")], false, .undecided),
        // A checksum that AWS compared decides; another store may repeat what the uploader said.
        ([("etag", otherTag), ("x-amz-checksum-crc32", crc32)], true, .identical),
        ([("etag", otherTag), ("x-amz-checksum-crc32", crc32)], false, .disputed),
        ([("etag", md5), ("x-amz-checksum-crc32", "AAAAAA==")], true, .different),
        // Where the tag says nothing, the rest counts.
        ([("etag", otherTag), ("x-amz-server-side-encryption", "aws:kms")], false, .undecided),
        (
            [("etag", otherTag), ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-meta-sha256", sha256)], false,
            .identical
        ),
        (
            [("etag", otherTag), ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-meta-sha256", other)], true,
            .different
        ),
        (
            [("etag", md5), ("x-amz-server-side-encryption-customer-algorithm", "AES256")], false, .undecided
        ),
        ([("etag", ""), ("x-amz-meta-sha256", sha256)], false, .identical),
        ([("etag", otherTag), ("x-amz-server-side-encryption", "AES256")], false, .different),
    ]

    @Test("is told by what the store computed, and by metadata only where it says nothing", arguments: cases)
    func comparison(headers: [(String, String)], isAWS: Bool, verdict: Verdict) async throws {
        let head = ObjectHead(
            HTTPHeaders(headers + [("content-length", "\(Self.text.count)")]), isOfAWS: isAWS)
        let content = try UploadContent(.bytes(Self.text), in: SourceDirectories())
        let found: Verdict =
            switch try await content.compared(with: head, partSize: { 5 << 20 }) {
            case .identical: .identical
            case .different: .different
            case .undecided: .undecided
            case .disputed: .disputed
            }
        #expect(found == verdict)
    }
}

extension ContentDigests {
    /// The CRC-32 of bytes, as headers spell it.
    fileprivate static func of(_ bytes: [UInt8]) -> String {
        unsafe bytes.withUnsafeBytes { unsafe ContentDigests.of($0, []) }.crc32.base64
    }
}
