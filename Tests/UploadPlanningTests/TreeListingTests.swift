import RunOutputs
import Testing
import UploadPlanning

@Suite("Recorded listings")
struct TreeListingTests {
    private func listing(_ text: String) throws -> TreeListing { try TreeListing(parsing: Array(text.utf8)) }

    @Test(
        "All forms of listings say the same",
        arguments: [
            "build/b c.log\n./build/a.log\nbuild/sub/\n",
            "build/a.log\r\nbuild/b c.log\r\nbuild/sub/\r\n",
            "\u{FEFF}build/a.log\r\nbuild/b c.log\r\nbuild/sub/\r\n",
            "10\tbuild/a.log\n20\tbuild/b c.log\nbuild/sub/\n",
            "10 build/a.log\n20 build/b c.log\n0 build/sub/\n",
            "f 10 build/a.log\nf 20 build/b c.log\nd 4096 build\nd 4096 build/sub\n",
            "f\t10\tbuild/a.log\nf\t20\tbuild/b c.log\nd\t4096\tbuild/sub\n",
            "f 10 1762877928.5000000000 build/a.log\nf 20 1762877929.0 build/b c.log\nd 4096 1762877929.0 build/sub\n",
            "build/a.log 10 1762877928.5000000000\nbuild/b c.log 20 1762877929.0\nbuild/sub/ 0 1.0\n",
            """
            -rw-r--r-- root/root        10 2025-11-11 16:18 build/a.log
            -rw-r--r-- root/root        20 2025-11-11 16:18 build/b c.log
            drwxr-xr-x root/root         0 2025-11-11 16:18 build/sub/
            """,
            """
            drwxr-xr-x  0 user   group       0 Nov 11 16:18 build/sub/
            -rw-r--r--  0 user   group      10 Nov 11 16:18 build/a.log
            -rw-r--r--  0 user   group      20 Nov 11  2024 build/b c.log
            """,
            """
               262152      4 drwxr-xr-x   3 root     root         4096 Nov 11 16:18 build
               262155      4 -rw-r--r--   1 root     root           10 Nov 11 16:18 build/a.log
               262156      4 -rw-r--r--   1 root     root           20 Nov 11 16:18 build/b c.log
               262154      4 drwxr-xr-x   2 root     root         4096 Nov 11 16:18 build/sub
            """,
            """
            build:
            total 16
            -rw-r--r-- 1 root root   10 Nov 11 16:18 a.log
            -rw-r--r-- 1 root root   20 Nov 11 16:18 b c.log
            drwxr-xr-x 2 root root 4096 Nov 11 16:18 sub

            build/sub:
            total 0
            """,
            """
            .:
            total 4
            drwxr-xr-x 3 root root 4096 2025-11-11 16:18:48.000000000 +0000 build

            ./build:
            total 16
            drwxr-xr-x 3 root root 4096 2025-11-11 16:18:48.000000000 +0000 .
            drwxr-xr-x 3 root root 4096 2025-11-11 16:18:48.000000000 +0000 ..
            -rw-r--r-- 1 root root   10 2025-11-11 16:18:48.000000000 +0000 a.log
            -rw-r--r-- 1 root root   20 2025-11-11 16:18:48.000000000 +0000 b c.log
            drwxr-xr-x 2 root root 4096 2025-11-11 16:18:48.000000000 +0000 sub
            """,
            """
            Archive:  build.zip
              Length      Date    Time    Name
            ---------  ---------- -----   ----
                    0  2025-11-11 16:18   build/sub/
                   10  2025-11-11 16:18   build/a.log
                   20  2025-11-11 16:18   build/b c.log
            ---------                     -------
                   30                     3 files
            """,
            """
            2025-11-11 16:18:48         10 build/a.log
            2025-11-11 16:18:48         20 build/b c.log
            2025-11-11 16:18:48          0 build/sub/

            Total Objects: 3
               Total Size: 30
            """,
            "./build/a.log\0build/b c.log\0build/sub/\0",
            "build\\a.log\r\nbuild\\b c.log\r\nbuild\\sub\\\r\n",
            "10\tbuild\\a.log\n20\tbuild\\b c.log\n0\tbuild\\sub\\\n",
        ])
    func forms(text: String) throws {
        let listing = try listing(text)
        #expect(listing.entries.map(\.path) == ["build/a.log", "build/b c.log"])
        #expect(listing.directories == [".", "build", "build/sub"])
        #expect(listing.entries.allSatisfy { $0.kind == .file })
        if listing.hasSizes { #expect(listing.entries.map(\.version.size) == [10, 20]) }
    }

    @Test("PowerShell writes UTF-16 behind a byte order mark", arguments: [false, true])
    func utf16(isBigEndian: Bool) throws {
        let units = Array("\u{FEFF}build\\a.log\r\nbuild\\b.log\r\n".utf16)
        let bytes = units.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
        #expect(try TreeListing(parsing: bytes).entries.map(\.path) == ["build/a.log", "build/b.log"])
    }

    @Test("Sizes and times are known where the listing tells them, and unknown elsewhere")
    func details() throws {
        #expect(try listing("1\ta\n2\tb\n").hasSizes)
        let paths = try listing("a\nb\n")
        #expect(!paths.hasSizes)
        #expect(paths.entries.allSatisfy { $0.version.knownSize == nil })
        let times = try listing("a 1 2.25\n")
        #expect(times.hasSizes && times.hasTimes)
        #expect(times.entries[0].version.modified == 2_250_000_000)
    }

    @Test("Links and devices are what they are, and escapes of tar are undone")
    func kinds() throws {
        let tar = try listing(
            """
            lrwxrwxrwx u/g 0 2025-11-11 16:18 link -> target
            hrw-r--r-- u/g 0 2025-11-11 16:18 hard link to target
            crw-r--r-- u/g 1,3 2025-11-11 16:18 null
            -rw-r--r-- u/g 5 2025-11-11 16:18 caf\\303\\251\\\\x
            """)
        #expect(tar.entries.map(\.path) == ["caf\u{E9}\\x", "hard", "link", "null"])
        #expect(tar.entries.map(\.kind) == [.file, .file, .symlink, .special])
        let find = try listing("f 1 a\nl 5 b\np 0 c\nd 4096 d\n")
        #expect(find.entries.map(\.kind) == [.file, .symlink, .special])
        #expect(find.directories == [".", "d"])
        let list = try listing(
            "build:\ntotal 0\nlrwxrwxrwx 1 u g 5 Nov 11 16:18 b -> a.log\ncrw-r--r-- 1 u g 1, 3 Nov 11 16:18 null\n")
        #expect(list.entries.map(\.path) == ["build/b", "build/null"])
        #expect(list.entries.map(\.kind) == [.symlink, .special])
    }

    @Test(
        "A line of another form is an error with its number",
        arguments: [
            ("-rw-r--r-- r/r 4 2026-11-25 16:00 a\n-rw-r--r-- r/r 4 2026-11-25 16:00 b\nc\n", 3),
            (
                "tar: Removing leading `/'\n-rw-r--r-- r/r 4 2026-11-25 16:00 a\n-rw-r--r-- r/r 4 2026-11-25 16:00 b\n",
                1
            ),
            ("1\ta\n2\tb\nc\n", 3), ("1 a\n\n2 b\nfind: 'x': Permission denied\n", 4),
            ("f 1 a\nf 2 b\nx\n", 3), ("a\nb\n12 c\nd\n", 3),
            ("2025-11-11 16:18:48 10 a\n2025-11-11 16:18:48 10 b\nfatal error: no bucket\n", 3),
            ("build:\ntotal 0\n-rw-r--r-- 1 u g 5 Nov 11 16:18 a\nls: cannot open directory 'x'\n", 4),
        ])
    func mixed(text: String, line: Int) throws {
        let error = #expect(throws: UnreadableListing.self) { try listing(text) }
        #expect(error?.line == line, "\(error?.description ?? "")")
    }

    @Test("A backslash is a letter of a name where other paths have slashes")
    func backslashes() throws {
        #expect(try listing("etc/dev-disk\\x2d.service\n").entries.map(\.path) == ["etc/dev-disk\\x2d.service"])
    }

    @Test("`find` without a type names directories too: what others go through is one")
    func directories() {
        let listing = TreeListing(paths: ["build", "build/logs", "build/logs/a.log"])
        #expect(listing.entries.map(\.path) == ["build/logs/a.log"])
        #expect(listing.directories == [".", "build", "build/logs"])
    }

    @Test("A name that is not UTF-8 is kept escaped, and known not to be")
    func invalidName() throws {
        let listing = try TreeListing(parsing: [0x61, 0xFF, 0x0A])
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
