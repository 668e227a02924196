import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("An output directory inside a source")
struct OutputDirectoryTests {
    @Test(
        "is left out of the inventory", .temporaryDirectory,
        arguments: [
            ("logs/out", ["a.log", "out.log"]),
            ("logs/../logs/out/", ["a.log", "out.log"]),
            ("link", ["a.log", "out.log"]),
            ("logs", ["a.log", "out.log", "out/12-linux/logs/a.log"]),
            ("logs/ou", ["a.log", "out.log", "out/12-linux/logs/a.log", "12-linux/b.log"]),
            ("absent", ["a.log", "out.log", "out/12-linux/logs/a.log", "12-linux/b.log"]),
        ])
    func leavesOutput(output: String, left: [String]) throws {
        let directory = try TemporaryDirectory.url()
        try SampleTree(at: directory).make([
            "logs/a.log": .text("a"), "logs/out.log": .text("b"), "logs/out/12-linux/logs/a.log": .text("a"),
            "logs/12-linux/b.log": .text("b"), "link": SampleEntry(.symlink(to: "logs/out")),
        ])
        let source = InventoryRequest.Directory(path: ExactString(directory.path + "/logs"))
        let inventory = DiskInventory.take(InventoryRequest(directories: [source]))
            .leavingOut(outputDirectory: directory.path + "/" + output, prefix: "12-linux")
        guard case .listed(let entries, _) = inventory.directories[source] else {
            Issue.record("nothing was listed")
            return
        }
        var expected = Set(left)
        // What the run itself writes does not count even where the output directory as a whole has to.
        if output != "logs" { expected.insert("12-linux/b.log") }
        #expect(Set(entries.map(\.path.text)) == expected)
    }
}
