import Glibc
import MarkedYAML
import UploadExecution
import UploadPlanning

/// A file that cannot be read, in words.
struct UnreadableFile: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "cannot read '\(path)': \(reason)" }
}

/// Reads a small file, such as a plan; `-` is standard input.
///
/// - Parameters:
///   - path: The file.
///   - limit: The most bytes to read: what is longer is returned up to one byte more, so that its reader can refuse it.
/// - Returns: The bytes.
/// - Throws: ``UnreadableFile`` with what the system said.
func readSmallFile(_ path: String, limit: Int = YAMLLimits.standard.byteCount) throws(UnreadableFile) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UnreadableFile(path: path, reason: systemMessage()) }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= limit {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw UnreadableFile(path: path, reason: systemMessage()) }
        if count == 0 { break }
        bytes += chunk[..<count]
    }
    return bytes
}

private func systemMessage() -> String { unsafe String(cString: strerror(errno)) }

/// Writes a file as a whole: nobody sees half of it.
///
/// - Parameters:
///   - text: The content.
///   - path: The file; see `OutputFile` for what is not a regular one.
/// - Throws: ``AlreadyReported`` with exit code 2.
func writeFile(_ text: String, to path: String) throws {
    do throws(UnwritableFile) {
        try OutputFile(path: path).write(KnownSecrets.shared.redacted(text))
    } catch {
        Output.notice("error: \(error.description.printable)\n")
        throw AlreadyReported(exitCode: ToolExit.wrongInput)
    }
}

extension [String: String] {
    /// Where temporary files go: `TMPDIR`, if it is set and not empty.
    var temporaryDirectory: String { self["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }
}
