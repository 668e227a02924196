import Glibc
import MarkedYAML

/// Reads a plan: a file, standard input (`-`), or a file of a Git revision (`git:main:manifests/post-build.yaml`).
///
/// - Parameter path: Where the plan is.
/// - Throws: ``UnreadableFile`` with what the system or Git said.
func readPlanFile(_ path: String) throws(UnreadableFile) -> [UInt8] {
    guard path.hasPrefix("git:") else { return try readSmallFile(path) }
    let object = String(path.dropFirst("git:".count))
    // A revision that looks like a flag would be one.
    guard object.contains(":"), !object.hasPrefix("-") else {
        throw UnreadableFile(path: path, reason: "write it as git:REVISION:PATH")
    }
    let result = try outputOfGit(["git", "show", "--end-of-options", object], path)
    guard result.status == 0 else {
        throw UnreadableFile(path: path, reason: "`git show \(object)` fails; the message of Git is above")
    }
    return result.bytes
}

/// Runs Git and collects its standard output; what it says besides goes to standard error.
private func outputOfGit(_ arguments: [String], _ path: String) throws(UnreadableFile) -> (
    bytes: [UInt8], status: Int32
) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw UnreadableFile(path: path, reason: systemMessage(errno)) }
    defer { close(ends[0]) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    var pointers = unsafe arguments.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for unsafepointer in unsafe pointers { unsafe free(pointer) } }
    var process: pid_t = 0
    let error = unsafe posix_spawnp(&process, "git", &actions, nil, pointers, environ)
    close(ends[1])
    guard error == 0 else { throw UnreadableFile(path: path, reason: "git: \(systemMessage(error))") }
    let bytes = readAll(ends[0])
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    return (bytes, status)
}

/// Reads to the end, up to one byte more than a plan may have, so that its reader can refuse it.
private func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= YAMLLimits.standard.byteCount {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        bytes += chunk[..<count]
    }
    return bytes
}

private func systemMessage(_ error: Int32) -> String { unsafe String(cString: strerror(error)) }
