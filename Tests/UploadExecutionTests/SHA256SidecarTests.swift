import Foundation
import RunOutputs
import Testing
import UploadExecution

@Suite("Checksum files")
struct SHA256SidecarTests {
    static let name = "aa_lib_generic.tar.xz"
    static let digest = String(repeating: "0123456789abcdef", count: 4)
    static let other = String(repeating: "f", count: 64)

    private static func find(_ text: String) throws -> String? {
        try SHA256Sidecar.digest(in: Array(text.utf8), of: name)
    }

    /// Ways to write `{D}`, the digest of `{N}`; `{X}` is another digest.
    static let styles = [
        "{D}  {N}\n", "{D} *{N}\n", "{D}  ./dir/{N}", "{D}\n", "  {D}  {N}  \r\n", "\t{D}\t{N}",
        "{X}  other.tar\n{D}  {N}\n", "{D}  {N}\n{D}  {N}\n", "SHA256 ({N}) = {D}\n", "SHA256 (dir/{N}) = {D}",
        "SHA256({N})= {D}\n", "SHA2-256({N})= {D}\n", "sha256 ({N}) = {D}", "\\{D}  {N}\n",
        "\\{D} *C:\\\\dir\\\\{N}\n", "{D} *C:\\dir\\{N}\r\n", "\\SHA256 ({N}) = {D}", "sha256:{D}\n",
        "SHA256:{D}  {N}\n", "sha256: {D}", "\u{feff}{D}  {N}\n", "SHA512 ({N}) = {X}{X}\nSHA256 ({N}) = {D}\n",
        "SHA256 hash of {N}:\n{D}\nCertUtil: -hashfile command completed successfully.\n",
        "\r\nAlgorithm       Hash        Path\r\n---------       ----        ----\r\nSHA256          {D}       C:\\dir\\{N}\r\n\r\n",
        "Algorithm       Hash    Path\n---------       ----    ----\nSHA256          {D}       C:\\builds\\art...\n",
        "\r\nAlgorithm : SHA256\r\nHash      : {D}\r\nPath      : C:\\dir\\{N}\r\n\r\n",
        "Algorithm : SHA256\nHash      : {D}\nPath      : C:\\a long\n            \\directory\\{N}\n",
        "Algorithm : MD5\nHash : 00\nPath : {N}\n\nAlgorithm : SHA256\nHash : {D}\nPath : {N}\n",
    ]

    @Test("are read whatever program wrote them", arguments: styles, [false, true])
    func reads(style: String, isUpperCase: Bool) throws {
        let digest = isUpperCase ? Self.digest.uppercased() : Self.digest
        let text = style.replacing("{D}", with: digest).replacing("{X}", with: Self.other)
            .replacing("{N}", with: Self.name)
        #expect(try Self.find(text) == Self.digest, "\(text)")
    }

    @Test("are read in UTF-16", arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian])
    func readsUTF16(encoding: String.Encoding) throws {
        let text = "\u{feff}\r\nAlgorithm : SHA256\r\nHash      : \(Self.digest)\r\nPath      : C:\\\(Self.name)\r\n"
        let bytes = try #require(text.data(using: encoding))
        #expect(try SHA256Sidecar.digest(in: bytes, of: Self.name) == Self.digest)
    }

    @Test(
        "say nothing of another file, by another algorithm, or of no digest",
        arguments: [
            "", "\n", "\(digest)  other.tar.xz", "SHA256 (other) = \(digest)", "SHA3-256(\(name))= \(digest)",
            "SHA512 (\(name)) = \(digest)\(digest)", "BLAKE2s256 (\(name)) = \(digest)", "\(digest)0  \(name)",
            "\(digest.dropLast())  \(name)", "\(digest.dropLast())g  \(name)", "sha512:\(digest)",
            "<html>\(digest)</html>",
            "Algorithm : SHA512\nHash : \(digest)\nPath : \(name)", "MD5   \(digest)  \(name)", "\(digest)  x\(name)",
        ])
    func nothing(text: String) throws { #expect(try Self.find(text) == nil) }

    @Test(
        "are refused if they contradict themselves",
        arguments: [
            "\(digest)  \(name)\n\(other)  \(name)\n", "\(other)  \(name)\n\(digest) *dir/\(name)\n",
            "\(digest)\n\(other)  \(name)\n", "SHA256 (\(name)) = \(digest)\n\(other)  \(name)\n",
            "Algorithm : SHA256\nHash : \(digest)\nPath : \(name)\n\(other)\n",
        ])
    func contradiction(text: String) {
        let error = #expect(throws: SHA256Sidecar.Contradiction.self) { try Self.find(text) }
        #expect(error.map { Set($0.digests) } == [Self.digest, Self.other])
    }
}
