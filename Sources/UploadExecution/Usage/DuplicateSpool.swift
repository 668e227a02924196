import Crypto
import LocalFiles
package import RunLifetime
import SystemPackage

/// Finds contents that are there more than once, among more objects than memory should hold.
///
/// Each object leaves 24 bytes in one of 64 temporary files, by the beginning of its fingerprint; in the end one file after
/// the other is counted.
package final class DuplicateSpool {
    /// Bytes that wait to be written to one file.
    private struct Partition {
        var bytes: [UInt8] = []
        var spool: SpoolFile?
    }

    private var partitions: [Partition]
    private let directory: String

    private static let partitionCount = 64
    private static let fingerprintLength = 16
    private static let recordLength = fingerprintLength + 8
    private static let bufferSize = 16 << 10

    /// Makes one.
    ///
    /// - Parameter directory: Where temporary files are made.
    package init(in directory: String) {
        self.directory = directory
        partitions = Array(repeating: Partition(), count: Self.partitionCount)
    }

    deinit { for partition in partitions { partition.spool?.remove() } }

    /// Takes note of an object.
    ///
    /// - Parameters:
    ///   - content: What is the same for the same content: a digest, or an entity tag.
    ///   - size: Its bytes.
    /// - Throws: ``StoreError`` if a temporary file cannot be written.
    package func add(_ content: String, size: Int64) throws {
        let hash = SHA256.hash(data: Array("\(size) \(content)".utf8))
        var record = Array(hash.prefix(Self.fingerprintLength))
        unsafe withUnsafeBytes(of: size.littleEndian) { unsafe record.append(contentsOf: $0) }
        let partition = Int(record[0]) % Self.partitionCount
        partitions[partition].bytes += record
        if partitions[partition].bytes.count >= Self.bufferSize { try flush(partition) }
    }

    private func flush(_ partition: Int) throws {
        if partitions[partition].spool == nil { partitions[partition].spool = try SpoolFile(in: directory) }
        guard let spool = partitions[partition].spool else { return }
        do throws(Errno) {
            try Descriptor.open(path: spool.path, [.writeOnly, .append]).write(partitions[partition].bytes)
        } catch {
            throw StoreError(
                .other, "a temporary file cannot be written: \(error)", hint: "set TMPDIR to a directory with more room"
            )
        }
        partitions[partition].bytes.removeAll(keepingCapacity: true)
    }

    /// Counts the objects whose content another one has.
    ///
    /// - Returns: All but the first of each content.
    /// - Throws: ``StoreError`` if a temporary file cannot be read.
    package func duplicates() throws -> UsageSum {
        var sum = UsageSum()
        for partition in partitions.indices {
            var bytes = partitions[partition].bytes
            if let spool = partitions[partition].spool {
                do throws(Errno) {
                    bytes += try SmallFile.read(spool.path, limit: .max - 1)
                } catch {
                    throw StoreError(.other, "a temporary file cannot be read: \(error)")
                }
            }
            var seen: Set<ArraySlice<UInt8>> = []
            for start in stride(from: 0, to: bytes.count, by: Self.recordLength) {
                let record = bytes[start..<start + Self.recordLength]
                guard !seen.insert(record).inserted else { continue }
                let size = record.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                sum.add(size: Int64(truncatingIfNeeded: size), modified: nil)
            }
        }
        return sum
    }
}
