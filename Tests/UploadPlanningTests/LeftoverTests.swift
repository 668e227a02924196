import RunOutputs
import Testing
import UploadPlanning

@Suite("What leftovers mean")
struct LeftoverTests {
    private static let files = ["build/a.tar.xz", "build/b.tar.zst", "build/c.tar.zst", "build/logs/x.log", "other/y"]

    private static func plan(_ policy: String) -> String {
        """
        \(policy)
        uploads:
          archives: {from: build, include: ["*.tar.xz"], to: root}
          logs: {from: build/logs, include: ["*.txt"], to: {log_subdir: {path: x}}, missing: skip}
        """
    }

    @Test("Without a word, they are listed and nothing else")
    func usual() throws {
        let (upload, warnings) = try planned(Self.plan(""), files: Self.files)
        #expect(upload.leftovers.map(\.path.text) == ["build/b.tar.zst", "build/c.tar.zst", "build/logs/x.log"])
        #expect(warnings == [] && !upload.rules.contains { !$0.problems.isEmpty })
    }

    @Test("`error` fails the rule that comes nearest, and publishes what it takes")
    func error() throws {
        let (upload, warnings) = try planned(Self.plan("leftovers: error"), files: Self.files)
        #expect(
            upload.rules.map { $0.problems.map(\.message) } == [
                ["no rule takes 2 files, such as 'build/b.tar.zst'"], ["no rule takes 'build/logs/x.log'"],
            ])
        #expect(warnings.map(\.code) == [.leftover, .leftover] && warnings.allSatisfy { $0.severity == .error })
        // The second rule takes nothing at all, and says that this is not an error: it fails all the same.
        #expect(upload.rules.map(\.status) == [.active, .failed])
        #expect(upload.keys == ["1-linux/a.tar.xz"])
        #expect(upload.leftovers.count == 3)
    }

    @Test("`warn` warns, and fails nothing")
    func warn() throws {
        let (upload, warnings) = try planned(Self.plan("leftovers: warn"), files: Self.files)
        #expect(warnings.map(\.severity) == [.warning, .warning])
        #expect(!upload.rules.contains { !$0.problems.isEmpty })
        #expect(upload.leftovers.count == 3)
    }

    @Test("`ignore` says nothing")
    func ignore() throws {
        let (upload, warnings) = try planned(Self.plan("leftovers: ignore"), files: Self.files)
        #expect(warnings == [] && upload.leftovers == [])
    }

    @Test("A tree without leftovers fails nothing", arguments: ["error", "warn"])
    func none(policy: String) throws {
        let (upload, warnings) = try planned(Self.plan("leftovers: \(policy)"), files: ["build/a.tar.xz"])
        #expect(warnings == [] && upload.leftovers == [] && !upload.rules.contains { !$0.problems.isEmpty })
    }
}
