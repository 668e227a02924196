import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// `SHA256SUMS`: a line for each object, with its path relative to the list, as `sha256sum -c` reads them.
///
/// It is made in a temporary file: a run of a million objects has a list of 150 MB.
struct ChecksumList {
    private let spool: SpoolFile
    private let file: Descriptor
    private let directory: String
    private var buffer: [UInt8] = []

    private static let bufferSize = 256 << 10

    /// Starts a list.
    ///
    /// - Parameters:
    ///   - root: Where the run's outputs live, and the list among them.
    ///   - directory: Where temporary files are made.
    /// - Throws: ``StoreError`` if none can be made.
    init(of root: RunOutputRoot, in directory: String) throws(StoreError) {
        spool = try SpoolFile(in: directory)
        self.directory = try root.checksumList.key.text.directoryPath
        do throws(Errno) {
            file = try Descriptor.open(path: spool.path, .writeOnly)
        } catch {
            throw StoreError(.other, "a temporary file cannot be written: \(error)")
        }
    }

    /// Adds an object.
    mutating func add(_ key: ExactString, sha256: String) throws(StoreError) {
        let path = key.text.relativePath(from: directory).utf8
        let needsEscape = path.contains { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || $0 == 0x0D }
        if needsEscape { buffer.append(UInt8(ascii: "\\")) }
        buffer += sha256.utf8
        buffer += "  ".utf8
        if needsEscape {
            for byte in path {
                switch byte {
                case UInt8(ascii: "\\"): buffer += "\\\\".utf8
                case UInt8(ascii: "\n"): buffer += "\\n".utf8
                case 0x0D: buffer += "\\r".utf8
                default: buffer.append(byte)
                }
            }
        } else {
            buffer += path
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private mutating func flush() throws(StoreError) {
        do throws(Errno) {
            try file.write(buffer)
        } catch {
            throw StoreError(
                .other, "a temporary file cannot be written: \(error)",
                hint: "set TMPDIR to a directory with more room")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// The list as a body to upload.
    mutating func finished() throws(StoreError) -> UploadBody {
        try flush()
        return .file(try spool.finished())
    }

    /// Removes the temporary file.
    func remove() { spool.remove() }
}
