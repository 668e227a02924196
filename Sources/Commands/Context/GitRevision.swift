import LocalFiles
import MarkedYAML
import Subprocess
import SystemPackage

extension Context {
    /// Reads a plan: a file, standard input (`-`), or a file of a Git revision (`git:main:manifests/post-build.yaml`).
    ///
    /// - Parameter path: Where the plan is.
    /// - Returns: The bytes.
    /// - Throws: ``UnreadableFile`` with what the system or Git said.
    func readPlanFile(_ path: String) async throws(UnreadableFile) -> [UInt8] {
        guard path.hasPrefix("git:") else { return try readSmallFile(path) }
        let object = String(path.dropFirst("git:".count))
        // A revision that looks like a flag would be one.
        guard object.contains(":"), !object.hasPrefix("-") else {
            throw UnreadableFile(path: path, reason: "write it as git:REVISION:PATH")
        }
        do {
            let result = try await run(
                .name("git"), arguments: ["show", "--end-of-options", object],
                environment: .custom(
                    Dictionary(
                        uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
                workingDirectory: WorkingDirectory.current.explicitPath.map { FilePath($0) },
                output: .bytes(limit: YAMLLimits.standard.byteCount), error: .string(limit: 4096))
            guard result.terminationStatus.isSuccess else {
                let lines = result.standardError.split(whereSeparator: \.isNewline).joined(separator: "; ")
                throw UnreadableFile(path: path, reason: "git: \(lines)")
            }
            return result.standardOutput
        } catch let error as UnreadableFile {
            throw error
        } catch {
            throw UnreadableFile(path: path, reason: "git cannot be run: \(error)")
        }
    }
}
