import Foundation
import Glibc
import Testing

/// What the user who runs the tests may do.
enum Privileges {
    /// Starts a program as a user whom file permissions bind; root ignores them.
    static let dropped =
        getuid() == 0
        ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] : ["/usr/bin/env"]

    /// Whether programs may be started as such a user.
    static let canBeDropped = getuid() != 0 || FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    /// Whether a program may mount file systems that only it sees.
    static let allowMounts: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["-m", "/bin/sh", "-c", "mount -t tmpfs tmpfs /mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where no user can be found whom file permissions bind.
    static var needsUnprivilegedUser: Self { .enabled(if: Privileges.canBeDropped, "needs setpriv when run as root") }

    /// Skips the test where file systems cannot be mounted.
    static var needsMounts: Self { .enabled(if: Privileges.allowMounts, "needs unshare and the right to mount") }
}

/// A listening Unix socket, which is a file that cannot be read.
struct UnixSocket {
    private let descriptor: Int32

    /// Makes a socket; `nil` if the system refuses.
    init?(at name: String, in directory: URL) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((directory.path + "/" + name).utf8)
        guard descriptor >= 0, path.count < 108 else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { return nil }
    }

    func close() { Glibc.close(descriptor) }
}
