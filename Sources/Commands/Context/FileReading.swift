import LocalFiles
import MarkedYAML
import UploadExecution
import UploadPlanning

/// A file that cannot be read, in words.
struct UnreadableFile: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "cannot read '\(path)': \(reason)" }
}

extension Context {
    /// Reads a small file, such as a plan; `-` is standard input.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes to read: what is longer is returned up to one byte more, so that its reader can refuse
    ///     it.
    /// - Returns: The bytes.
    /// - Throws: ``UnreadableFile`` with what the system said.
    func readSmallFile(
        _ path: String, limit: Int = YAMLLimits.standard.byteCount
    ) throws(UnreadableFile) -> [UInt8] {
        do {
            return path == "-" ? try readInput(limit) : try SmallFile.read(path, limit: limit)
        } catch {
            throw UnreadableFile(path: path, reason: "\(error)")
        }
    }

    /// Writes a file as a whole: nobody sees half of it.
    ///
    /// - Parameters:
    ///   - text: The content.
    ///   - path: The file; see `OutputFile` for what is not a regular one.
    /// - Throws: ``WrongInput`` if it cannot be written.
    func writeFile(_ text: String, to path: String) throws {
        do throws(UnwritableFile) {
            try OutputFile(path: path).write(secrets.redacted(text))
        } catch {
            throw WrongInput.message(error.description.printable)
        }
    }
}

extension [String: String] {
    /// Where temporary files go: `TMPDIR`, if it is set and not empty.
    var temporaryDirectory: String { self["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }
}
