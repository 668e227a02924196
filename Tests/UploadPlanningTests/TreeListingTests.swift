import RunOutputs
import Testing
import UploadPlanning

@Suite("Recorded listings")
struct TreeListingTests {
    @Test(
        "All forms of listings say the same",
        arguments: [
            "build/b c.log\n./build/a.log\nbuild/sub/\n",
            "build/a.log\r\nbuild/b c.log\r\nbuild/sub/\r\n",
            "10\tbuild/a.log\n20\tbuild/b c.log\nbuild/sub/\n",
            "10 build/a.log\n20 build/b c.log\n0 build/sub/\n",
            "build/a.log 10 1762877928.5000000000\nbuild/b c.log 20 1762877929.0\nbuild/sub/ 0 1.0\n",
            """
            -rw-r--r-- root/root        10 2025-11-11 16:18 build/a.log
            -rw-r--r-- root/root        20 2025-11-11 16:18 build/b c.log
            drwxr-xr-x root/root         0 2025-11-11 16:18 build/sub/
            """,
            "./build/a.log\0build/b c.log\0build/sub/\0",
        ])
    func forms(text: String) {
        let listing = TreeListing(parsing: Array(text.utf8))
        #expect(listing.entries.map(\.path) == ["build/a.log", "build/b c.log"])
        #expect(listing.directories == [".", "build", "build/sub"])
        #expect(listing.entries.allSatisfy { $0.kind == .file })
        if listing.hasSizes { #expect(listing.entries.map(\.version.size) == [10, 20]) }
    }

    @Test("Sizes and times are known only if every line tells them")
    func details() {
        #expect(TreeListing(parsing: Array("1\ta\n2\tb\n".utf8)).hasSizes)
        #expect(!TreeListing(parsing: Array("1\ta\nb\n".utf8)).hasSizes)
        let times = TreeListing(parsing: Array("a 1 2.25\n".utf8))
        #expect(times.hasSizes && times.hasTimes)
        #expect(times.entries[0].version.modified == 2_250_000_000)
    }

    @Test("tar tells links and devices, and its escapes are undone")
    func tar() {
        let text = """
            lrwxrwxrwx u/g 0 2025-11-11 16:18 link -> target
            hrw-r--r-- u/g 0 2025-11-11 16:18 hard link to target
            crw-r--r-- u/g 1,3 2025-11-11 16:18 null
            -rw-r--r-- u/g 5 2025-11-11 16:18 caf\\303\\251\\\\x
            """
        // A device has no size, so this is no listing that tar made of files; without it, it is.
        #expect(TreeListing(parsing: Array(text.utf8)).entries.count == 4)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("c") }.joined(separator: "\n")
        let listing = TreeListing(parsing: Array(lines.utf8))
        #expect(listing.entries.map(\.path) == ["caf\u{E9}\\x", "hard", "link"])
        #expect(listing.entries.map(\.kind) == [.file, .file, .symlink])
    }

    @Test("`find` without a type names directories too: what others go through is one")
    func directories() {
        let listing = TreeListing(paths: ["build", "build/logs", "build/logs/a.log"])
        #expect(listing.entries.map(\.path) == ["build/logs/a.log"])
        #expect(listing.directories == [".", "build", "build/logs"])
    }

    @Test("A name that is not UTF-8 is kept escaped, and known not to be")
    func invalidName() {
        let listing = TreeListing(parsing: [0x61, 0xFF, 0x0A])
        #expect(listing.entries.map(\.path) == ["a\\xFF"])
        #expect(listing.entries.map(\.nameIsUTF8) == [false])
    }

    @Test("A listing answers what the disk would")
    func inventory() {
        let listing = TreeListing(paths: ["a/b/c", "a/b.txt", "a-b/d", "f", "empty/"])
        let names: [ExactString] = ["a", "a/b", "f", "none", ".", "empty", "/a"]
        let request = InventoryRequest(
            directories: Set(names.map { InventoryRequest.Directory(path: $0) }), paths: ["f", "a", "none"])
        let inventory = listing.inventory(answering: request)
        func paths(_ name: ExactString) -> [ExactString]? {
            guard case .listed(let entries, _) = inventory.directories[.init(path: name)] else { return nil }
            return entries.map(\.path)
        }
        #expect(paths("a") == ["b.txt", "b/c"])
        #expect(paths("a/b") == ["c"])
        #expect(paths(".") == ["a-b/d", "a/b.txt", "a/b/c", "f"])
        #expect(paths("empty") == [])
        #expect(inventory.directories[.init(path: "none")] == .absent)
        #expect(inventory.directories[.init(path: "f")] == .notADirectory)
        #expect(inventory.directories[.init(path: "/a")] == .absent)
        #expect(inventory.paths["a"] == .directory)
        #expect(inventory.paths["none"] == .absent)
    }
}
