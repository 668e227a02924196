import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("Files with credentials")
struct SecretScanTests {
    private static let token = "ghp_" + "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2"

    @Test("are named with line and pattern, and never with the secret", .temporaryDirectory)
    func found() async throws {
        let directory = try TemporaryDirectory.url()
        let file = try TestFile.write("A=1\nTOKEN=\(Self.token)\n", to: "logs/env.log", in: directory)
        let secrets = await SecretScan.secrets(in: [file])
        #expect(secrets == [file.path: "line 2 holds a token of GitHub ('ghp_…')"])
    }

    /// What the files hold before the token, and whether it is found behind that.
    static let places: [(before: [UInt8], isFound: Bool)] = [
        ([], true), (Array(repeating: UInt8(ascii: "\n"), count: 20_000), true),
        (Array(repeating: UInt8(ascii: " "), count: 250_000), true),
        (Array(repeating: UInt8(ascii: " "), count: 262_144), false), ([0], false),
        (Array(repeating: 32, count: 8000) + [0], false),
    ]

    @Test("are text, and looked at up to a limit", .temporaryDirectory, arguments: places)
    func bounds(before: [UInt8], isFound: Bool) async throws {
        let data = Data(before + Array("\n\(Self.token)\n".utf8))
        let file = try TestFile.write(data, to: "file", in: TemporaryDirectory.url())
        #expect(await SecretScan.secrets(in: [file]).isEmpty == !isFound)
    }

    @Test("are found among thousands", .temporaryDirectory)
    func many() async throws {
        let directory = try TemporaryDirectory.url()
        let harmless = (0..<2100).filter { $0 % 1000 != 7 }.map { "\($0)" }
        try SampleTree(at: directory).makeLinks(harmless)
        let files =
            try harmless.map { name in
                let path = directory.appending(path: name).path
                return try SourceFile(path: ExactString(path), version: TestFile.version(of: path))
            } + [7, 1007, 2007].map { try TestFile.write(Self.token, to: "\($0)", in: directory) }
        #expect(await SecretScan.secrets(in: files).count == 3)
    }

    @Test("that are gone, or are not files, are left to their operations", .temporaryDirectory)
    func unreadable() async throws {
        let directory = try TemporaryDirectory.url()
        let file = try TestFile.write(Self.token, to: "file", in: directory)
        let others = ["absent", ""].map {
            SourceFile(path: ExactString(directory.path + "/" + $0), version: file.version)
        }
        #expect(await SecretScan.secrets(in: others) == [:])
    }
}
