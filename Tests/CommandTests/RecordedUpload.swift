import Crypto
import Foundation
import RunOutputs
import Testing
import UploadTestSupport

/// What a script of the original system did with a small tree (Fixtures/goldens/compact.py tells how it was recorded).
struct RecordedUpload: Decodable, Sendable, CustomTestStringConvertible {
    /// A file that the script wrote, be it to a directory or to a bucket.
    struct Object: Decodable, Sendable {
        /// What is known of a file that the script made itself.
        struct Generated: Decodable, Sendable {
            /// The members of an archive, with their types.
            var members: [String: String]?
            /// The links of a page, in their order.
            var links: [String]?
        }

        var key: String
        var generated: Generated?
        /// The file of the tree that it is a copy of.
        var source: String?
        var contentType: String?
        var bucket: String?
    }

    /// One entry of the tree; without a field it is a file with the text "content of …".
    struct Entry: Decodable, Sendable {
        var path: String
        var text, base64, fill, target: String?
        var size: Int?
        var directory: Bool?
        var mode: String?
    }

    /// When the files of every tree were modified.
    static let modified = 1_704_164_645

    /// The script with the state of the original, for example `A-post_build_upload`.
    var script = ""
    var name: String
    /// `local` for a directory, `s3` for a bucket, or `dryrun`.
    var modes: [String]
    var argv: [String]
    var env: [String: String]
    var exitCode: Int32
    var error, summary, output: String?
    var tree: [Entry]
    var objects: [Object]

    private enum CodingKeys: String, CodingKey {
        case name = "case"
        case modes, argv, env, exitCode, error, summary, output, tree, objects
    }

    var testDescription: String { "\(script) \(name) (\(modes.joined(separator: ", ")))" }

    /// Reads the recordings of one script.
    static func all(of script: String) throws -> [RecordedUpload] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([RecordedUpload].self, from: fixture("goldens/\(script).json")).map { recording in
            var recording = recording
            recording.script = script
            return recording
        }
    }

    /// Makes the tree.
    ///
    /// - Parameters:
    ///   - directory: Where it is made, and what `{WORK}` stands for.
    ///   - left: The paths of entries that are left out.
    /// - Throws: If it cannot be made.
    func makeTree(in directory: URL, without left: Set<String> = []) throws {
        let entries = try self.tree.filter { !left.contains($0.path) && !isPartOfRepository($0.path) }
            .map { ($0.path, try $0.sample(in: directory, checksum: checksum(in: $0))) }
        let tree = SampleTree(at: directory)
        try tree.make(entries, modified: Self.modified)
        try tree.make(repository(), modified: Self.modified)
        try tree.make(["gha": SampleEntry(.directory), "tmp": SampleEntry(.directory)])
    }

    /// The content of a file of the tree.
    func content(of path: ExactString) throws -> Data {
        let entry = try #require(tree.first { $0.path.utf8.elementsEqual(path.text.utf8) })
        return try checksum(in: entry) ?? entry.data()
    }

    /// What a checksum file has to say of the archive beside it, in place of the recording's placeholder (deviation 42).
    private func checksum(in entry: Entry) throws -> Data? {
        guard entry.path.hasSuffix(".sha256sum"), entry.target == nil, entry.directory != true,
            let archive = tree.first(where: { $0.path + ".sha256sum" == entry.path }),
            archive.target == nil, archive.directory != true
        else { return nil }
        return Data((try SHA256.hash(data: archive.data()).map { String(format: "%02x", $0) }.joined() + "\n").utf8)
    }
}

extension RecordedUpload.Entry {
    fileprivate func sample(in directory: URL, checksum: Data?) throws -> SampleEntry {
        let mode = mode.flatMap { mode_t($0, radix: 8) }
        if let target { return SampleEntry(.symlink(to: target.replacing("{WORK}", with: directory.path))) }
        return SampleEntry(self.directory == true ? .directory : .file(try checksum ?? data()), mode: mode)
    }

    fileprivate func data() throws -> Data {
        if let base64 { return try #require(Data(base64Encoded: base64)) }
        if let size, let fill {
            return Data(String(repeating: fill, count: size / fill.utf8.count + 1).utf8.prefix(size))
        }
        return Data((text ?? "content of \(path)\n").utf8)
    }
}
