import Foundation
import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("What is built in as a tree")
struct BuiltInTreesTests {
    /// After a change of `manifests/layout.yaml` or `manifests/buckets.yaml` run once with `RECORD_GOLDEN=1`.
    @Test(
        "The committed trees are those of the manifests",
        arguments: [
            ("manifests/layout.yaml", "Sources/RunOutputs/Resources/layout.tree"),
            ("manifests/buckets.yaml", "Sources/UploadPlanning/Resources/buckets.tree"),
        ])
    func committed(manifest: String, file: String) throws {
        let root = Fixture.directory(of: #filePath).appending(path: "../../..").standardizedFileURL
        let lines = try #require(try Node.parse(Data(contentsOf: root.appending(path: manifest)))?.treeLines)
        try Fixture.expect(lines, inFile: root.appending(path: file))
    }

    @Test("The built-in layout is what its file says")
    func layout() throws {
        #expect(Layout.builtIn == (try Layout.read(Layout.builtInText, file: Layout.builtInFile)))
    }

    @Test(
        "What is not a tree is none",
        arguments: ["", "=a", "=a\n=b\n", "{\n=a\n}\n", "{\n[\n]\n=a\n}\n", "[\n=a\n", "]\n", "x\n", "{\n=a\n=b\n"])
    func broken(lines: String) {
        #expect(Node(treeLines: Array(lines.utf8)) == nil)
    }

    @Test("A text with a line break has no lines")
    func lineBreak() throws {
        #expect(try Node.parse(Array("a: |\n  b\n  c\n".utf8))?.treeLines == nil)
        #expect(try Node.parse(Array("[a, {b: ''}]".utf8))?.treeLines == "[\n=a\n{\n=b\n=\n}\n]\n")
    }
}
