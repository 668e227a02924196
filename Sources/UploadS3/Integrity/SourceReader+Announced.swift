import Glibc
import RunOutputs
import UploadExecution
import UploadPlanning

extension SourceReader {
    /// The SHA-256 that a `.sha256sum` file beside this one gives for it, in lower-case hexadecimal.
    ///
    /// - Returns: The digest, or `nil` if there is no such file or it says nothing of this one.
    func announcedSHA256() -> String? {
        let path = file.path.text + ".sha256sum"
        let name = file.path.text.split(separator: "/").last.map(String.init) ?? ""
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        // sha256sum's lines: the digest, a blank, a blank or `*`, and the name.
        for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") {
            let digest = line.prefix(64).lowercased()
            let named = line.dropFirst(64).drop { $0 == " " || $0 == "*" }
            guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else { continue }
            if named.isEmpty || named.split(separator: "/").last.map(String.init) == name { return digest }
        }
        return nil
    }
}
