import Crypto
import LocalFiles
package import RunLifetime
import SystemPackage

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
