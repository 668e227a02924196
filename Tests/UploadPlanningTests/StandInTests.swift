import RunOutputs
import Testing
import UploadPlanning

@Suite("Rules that stand in for others")
struct StandInTests {
    private static let plan = """
        uploads:
          logs: {archive: {format: tar.gz, from: b, include: ["**/*.log"]}, to: {artifact: {filename: logs.tar.gz}}, missing: skip}
          earlier: {if_nothing_from: [logs], file: b/logs.tar.gz, to: artifact, missing: skip}
        """

    @Test(
        "are applied only if these select nothing",
        arguments: [
            (["b/x.log", "b/logs.tar.gz"], [0]), (["b/logs.tar.gz"], [1]), (["b/x.log"], [0]), (["b/other"], []),
        ])
    func standIn(files: [String], rules: [Int]) throws {
        let upload = try planned(Self.plan, files: files).upload
        #expect(upload.operations.map(\.rule) == rules)
        #expect(upload.rules.flatMap(\.problems).isEmpty)
    }

    @Test("are not carried out if what they stand in for cannot be read")
    func unreadable() throws {
        let bound = try bound(Self.plan)
        var inventory = TreeListing(paths: ["b/logs.tar.gz"]).inventory(answering: bound.inventoryRequest)
        inventory.directories[.init(path: "b")] = .listed(
            [], unreadable: [UnreadablePath(path: "x", reason: "Permission denied")])
        let upload = try [bound].planned(with: inventory).upload
        #expect(upload.operations.isEmpty)
        #expect(upload.rules[0].status == .failed)
    }
}
