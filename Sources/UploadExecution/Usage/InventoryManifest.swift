import Crypto
import FoundationEssentials
import LocalFiles
package import RunLifetime
import SystemPackage

/// The manifest of an S3 Inventory:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>.
package struct InventoryManifest: Sendable {
    package struct File: Hashable, Sendable, Decodable {
        /// Its key in the destination bucket.
        package var key: String
        /// The MD5 of the file in hexadecimal.
        package var md5: String

        private enum CodingKeys: String, CodingKey {
            case key
            case md5 = "MD5checksum"
        }
    }

    private struct Document: Decodable {
        var sourceBucket: String
        var fileFormat: String
        var fileSchema: String
        var creationTimestamp: String?
        var files: [File]
    }

    /// The bucket that it is about.
    package let bucket: String
    /// What its lines hold.
    package let schema: InventorySchema
    package let files: [File]
    /// When it was made, in seconds since 1970; `nil` if it does not say.
    package let created: Int64?
    /// The manifest's own file.
    private let path: String

    /// Reads a manifest.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - path: The file.
    /// - Throws: ``InvalidInventory`` if it is none, or of another format than CSV.
    package init(_ bytes: [UInt8], path: String) throws(InvalidInventory) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            throw InvalidInventory(problem: "it is not the manifest.json of an S3 Inventory")
        }
        guard document.fileFormat == "CSV" else {
            throw InvalidInventory(problem: "its files are \(document.fileFormat), and only CSV is read")
        }
        bucket = document.sourceBucket.split(separator: ":").last.map(String.init) ?? document.sourceBucket
        schema = try InventorySchema(document.fileSchema)
        files = document.files
        // In milliseconds.
        created = document.creationTimestamp.flatMap { Int64($0) }.map { $0 / 1000 }
        self.path = path
    }

    /// Finds a file of the inventory that was downloaded with its manifest.
    ///
    /// - Parameter file: The file.
    /// - Returns: Where it is: at its key below a directory above the manifest, in `data` beside the manifest's own, or
    ///   beside the manifest.
    /// - Throws: ``InvalidInventory`` if it is nowhere.
    func path(of file: File) throws(InvalidInventory) -> String {
        let name = file.key.split(separator: "/").last.map(String.init) ?? file.key
        var parents = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().map(String.init)
        let directory = parents.isEmpty ? "." : parents.joined(separator: "/")
        var candidates = ["\(directory)/\(name)", "\(directory)/data/\(name)", "\(directory)/../data/\(name)"]
        let isSafe = !file.key.split(separator: "/").contains("..")
        while isSafe, !parents.isEmpty {
            candidates.append(parents.joined(separator: "/") + "/" + file.key)
            parents.removeLast()
        }
        if isSafe { candidates.append(file.key) }
        guard let found = candidates.first(where: { LocalPath.exists($0) }) else {
            throw InvalidInventory(
                problem:
                    "its file \(file.key) is not there: download it too, next to the manifest or below the directory "
                    + "that stands for the bucket")
        }
        return found
    }
}

extension InventoryManifest {
    /// The longest line that an inventory has: a key of 1,024 bytes, encoded, and some fields.
    private static let longestLine = 64 << 10

    /// Goes through the inventory's lines, a file after the other.
    ///
    /// - Parameter body: Takes one line.
    /// - Throws: ``InvalidInventory`` with the name of the file that cannot be read, or whose MD5 is not that of the manifest
    ///   (what was read of it before has been passed on by then); what `body` throws; `CancellationError`.
    package func forEachRow(_ body: (InventoryRow) throws -> Void) async throws {
        for file in files {
            do {
                try await forEachRow(of: file, body)
            } catch let error as InvalidInventory {
                throw InvalidInventory(problem: "\(file.key): \(error.problem)")
            }
        }
    }

    private func forEachRow(of file: File, _ body: (InventoryRow) throws -> Void) async throws {
        let path = try path(of: file)
        var md5 = Insecure.MD5()
        var reader = try GzipReader()
        var lines = LineCutter(limit: Self.longestLine)
        func take(_ chunk: UnsafeRawBufferPointer) throws {
            try unsafe lines.add(chunk) { line in
                if !line.isEmpty { try body(schema.row(line, of: bucket)) }
            }
        }
        let isCompressed = file.key.hasSuffix(".gz")
        let descriptor: Descriptor
        do throws(Errno) {
            descriptor = try Descriptor.open(path: path, .readOnly)
        } catch {
            throw InvalidInventory(problem: "\(error)")
        }
        try await unsafe descriptor.forEachChunk(describingFailure: { InvalidInventory(problem: "\($0)") }) { chunk in
            unsafe md5.update(bufferPointer: chunk)
            if isCompressed { try unsafe reader.add(chunk, take) } else { try unsafe take(chunk) }
        }
        if isCompressed { try reader.finish() }
        let found = md5.finalize().map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
        guard found == file.md5.lowercased() else {
            throw InvalidInventory(problem: "its MD5 is \(found), and the manifest says \(file.md5)")
        }
        try lines.finish { line in if !line.isEmpty { try body(schema.row(line, of: bucket)) } }
    }
}

/// Cuts text at its line ends, however it arrives.
private struct LineCutter {
    private var rest: [UInt8] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func add(_ chunk: UnsafeRawBufferPointer, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        unsafe rest.append(contentsOf: chunk)
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[start..<end]
            try body(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            start = end + 1
        }
        rest.removeSubrange(..<start)
        guard rest.count <= limit else { throw InvalidInventory(problem: "it has a line of more than \(limit) bytes") }
    }

    mutating func finish(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
        try body(rest[...])
        rest = []
    }
}
