import Glibc
import RunOutputs
import UploadExecution
import UploadPlanning

extension SourceReader {
    /// The SHA-256 that a `.sha256sum` file beside this one gives for it, in lower-case hexadecimal.
    ///
    /// - Returns: The digest, or `nil` if there is no such file, or it says nothing of this one or contradicts itself.
    func announcedSHA256() -> String? {
        let path = file.path.text + ArtifactName.sidecarSuffix
        let name = file.path.text.split(separator: "/").last.map(String.init) ?? ""
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: SHA256Sidecar.maximumSize)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        return (try? SHA256Sidecar.digest(in: bytes[..<count], of: name)) ?? nil
    }
}
