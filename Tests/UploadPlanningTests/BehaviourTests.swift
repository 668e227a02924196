import Foundation
import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning
import UploadTestSupport

@Suite("What plans say")
struct BehaviourTests {
    private static let plan = """
        parameters:
          group: {description: Variant, default: g, env: GROUP, one_of: [g, h]}
          dir: {type: directory, default: build, must_exist: false}
        uploads:
          packages:
            description: Packages # one
            from: ${dir}
            include: ["*.deb", "*.rpm"]
            exclude: ["*.tmp"]
            to: {log_dir: {artifact_group: "${group}"}}
            existing: identical
            expect: {files: 1..9}
            object: {cache_control: max-age=60, metadata: {a: b}}
          metadata:
            when: {group: g}
            file: ${dir}/Release
            to: {log_file: {artifact_group: "${group}", filename: Release}}
            after: [packages]
          packed:
            archive: {format: zip, name: all.zip, from: logs, include: ["*.log"], level: 3}
            to: root
            missing: warn
          page:
            index: {of: [packages, metadata], include: ["*"]}
            to: root_index
        summary:
          - markdown: Published ${packages.url}
          - link: {title: Page, to: root_index}
        outputs:
          url: [root_index: {}, "none"]
        tests:
          - name: one
            set: {group: h}
            given: [build/a.deb]
            expect: [logs/h/a.deb, index.html]

        """

    private func behaviour(_ text: String) throws -> Behaviour {
        try #require(Behaviour.ofPlan(Array("version: 1\nname: demo\n\(text)".utf8)))
    }

    /// Edits, what is said of each, and how much it matters.
    static let edits: [(old: String, new: String, words: String, gravity: ChangeGravity)] = [
        ("    after: [packages]\n", "", "rule 'metadata' no longer waits for 'packages'", .loss),
        (
            "    existing: identical\n", "",
            "rule 'packages' now overwrites objects that exist (`existing`: 'identical' → 'replace')", .loss
        ),
        (
            "existing: identical", "existing: keep",
            "rule 'packages' treats objects that exist differently (`existing`: 'identical' → 'keep')", .behaviour
        ),
        (
            "    existing: identical\n", "    existing: identical\n    allow_secrets: [\"**\"]\n",
            "rule 'packages' may now publish files that look like secrets: '**'", .loss
        ),
        (
            "    existing: identical\n", "    existing: identical\n    missing: skip\n",
            "rule 'packages' is now skipped silently if it finds no file (it was: error)", .loss
        ),
        ("    missing: warn\n", "", "rule 'packed' now fails if it finds no file (it was: warn)", .behaviour),
        (
            "    missing: warn\n", "    missing: warn\n    best_effort: true\n",
            "a failure of rule 'packed' no longer fails the run", .loss
        ),
        (
            "    expect: {files: 1..9}\n", "",
            "rule 'packages' no longer checks the number of its files (it was '1..9')",
            .loss
        ),
        ("    when: {group: g}\n", "", "rule 'metadata' no longer asks whether group is 'g'", .behaviour),
        (
            "    existing: identical\n", "    existing: identical\n    when: {dir: {not: x}}\n",
            "rule 'packages' is now applied only if dir is not 'x'", .loss
        ),
        (
            "    existing: identical\n", "    existing: identical\n    symlinks: follow\n",
            "rule 'packages' now follows symlinks", .loss
        ),
        (
            "    existing: identical\n", "    existing: identical\n    flatten: true\n",
            "keys of rule 'packages' now keep only base names", .destination
        ),
        ("[\"*.deb\", \"*.rpm\"]", "[\"*.deb\"]", "rule 'packages' no longer takes '*.rpm'", .loss),
        (
            "[\"*.deb\", \"*.rpm\"]", "[\"*.d*\"]",
            "rule 'packages' now takes '*.d*' instead of '*.deb', '*.rpm'", .loss
        ),
        ("[\"*.deb\", \"*.rpm\"]", "[\"*.deb\", \"*.rpm\", \"**\"]", "rule 'packages' now takes '**'", .behaviour),
        (
            "    include: [\"*.deb\", \"*.rpm\"]\n", "",
            "rule 'packages' now takes all files (it took '*.deb', '*.rpm')", .behaviour
        ),
        ("[\"*.tmp\"]", "[\"*.tmp\", \"*.deb\"]", "rule 'packages' now leaves out '*.deb'", .loss),
        (
            "to: root_index\nsummary", "to: log_root_index\nsummary",
            "rule 'page' uploads to 'log_root_index' instead of 'root_index'", .destination
        ),
        (
            "max-age=60", "no-store", "objects of rule 'packages': `cache_control`: 'max-age=60' → 'no-store'",
            .behaviour
        ),
        ("{a: b}", "{a: c}", "objects of rule 'packages': `metadata.a`: 'b' → 'c'", .behaviour),
        ("level: 3", "level: 9", "the archive of rule 'packed': `level`: '3' → '9'", .behaviour),
        (
            "of: [packages, metadata]", "of: [packages]",
            "the page of rule 'page' no longer lists objects of 'metadata'",
            .loss
        ),
        (
            "default: g,", "default: h,", "the default of parameter 'group' is now 'h' (it was 'g')",
            .behaviour
        ),
        ("one_of: [g, h]", "one_of: [g, h, i]", "parameter 'group' may now be 'i'", .behaviour),
        (
            "env: GROUP", "env: VARIANT",
            "parameter 'group' is read from the variable 'VARIANT' instead of 'GROUP'", .behaviour
        ),
        ("must_exist: false", "must_exist: true", "the path of parameter 'dir' must now exist", .behaviour),
        (
            "  - markdown: Published ${packages.url}\n", "",
            "the summary no longer shows 'markdown: Published ${packages.url}'", .behaviour
        ),
        (
            "[root_index: {}, \"none\"]", "[root_index: {}]",
            "output 'url' is now 'root_index' (it was 'root_index', 'none')", .behaviour
        ),
        (
            "given: [build/a.deb]", "given: [build/b.deb]", "the test 'one' `given`: 'build/a.deb' → 'build/b.deb'",
            .text
        ),
        ("  packed:", "  archived:", "rule 'packed' is now called 'archived'", .text),
        ("from: ${dir}\n", "from: ${dir}/out\n", "rule 'packages' takes '${dir}/out' instead of '${dir}'", .behaviour),
    ]

    @Test("A change is told in the words of who reviews it", arguments: edits)
    func words(edit: (old: String, new: String, words: String, gravity: ChangeGravity)) throws {
        try #require(Self.plan.contains(edit.old), "\(edit.old)")
        let changes = try behaviour(Self.plan).changes(to: behaviour(Self.plan.replacing(edit.old, with: edit.new)))
        #expect(changes.map(\.words) == [edit.words])
        #expect(changes.map(\.gravity) == [edit.gravity])
    }

    @Test("A rule that is gone, a new one and a parameter are told as a whole, what matters most first")
    func entries() throws {
        let start = try #require(Self.plan.range(of: "  packed:"))
        let end = try #require(Self.plan.range(of: "  page:"))
        var text = Self.plan
        text.replaceSubrange(
            start.lowerBound..<end.lowerBound, with: "  more: {from: more, to: tarballs}\n")
        text = text.replacing("parameters:\n", with: "parameters:\n  extra: {}\n")
        let changes = try behaviour(Self.plan).changes(to: behaviour(text))
        #expect(
            changes.map(\.words) == [
                "rule 'packed' is gone: it uploaded an archive of 'logs' to root", "parameter 'extra' is new",
                "rule 'more' is new: it uploads files of 'more' to tarballs",
            ])
    }

    @Test(
        "What changes nothing is not a change",
        arguments: [
            ("# one", "# two"), ("description: Packages", "description: Other"), ("description: Variant, ", ""),
            ("[\"*.deb\", \"*.rpm\"]", "[\"*.rpm\", '*.deb']"),
            ("of: [packages, metadata]", "of: [metadata, packages]"),
            ("when: {group: g}", "when: {group: [g]}"), ("one_of: [g, h]", "one_of: [h, g]"),
            (
                "    after: [packages]\n",
                "    after: [packages]\n    existing: replace\n    missing: error\n    best_effort: false\n"
            ),
            ("    existing: identical\n", "    symlinks: skip\n    flatten: false\n    existing: identical\n"),
            (
                "{type: directory, default: build, must_exist: false}",
                "\n    default: build\n    must_exist: false\n    type: directory"
            ),
            ("to: root_index\nsummary", "to: {root_index: {}}\nsummary"),
            ("link: {title: Page, to: root_index}", "link: {title: Page, to: {root_index: {}}}"),
        ])
    func nothing(old: String, new: String) throws {
        try #require(Self.plan.contains(old), "\(old)")
        #expect(try behaviour(Self.plan).changes(to: behaviour(Self.plan.replacing(old, with: new))) == [])
    }

    @Test("Of a page `missing: error` is not what holds anyway")
    func missingOfPages() throws {
        let text = Self.plan.replacing("to: root_index\nsummary", with: "to: root_index\n    missing: error\nsummary")
        #expect(try behaviour(Self.plan).changes(to: behaviour(text)).count == 1)
    }

    @Test("Arguments that parameters of the same name give are told from others")
    func arguments() throws {
        let implicit = try behaviour("parameters: {artifact_group: {}}\nuploads: {a: {from: b, to: log_dir}}\n")
        let explicit = try behaviour(
            "parameters: {artifact_group: {}}\nuploads: {a: {from: b, to: {log_dir: {artifact_group: \"${artifact_group}\"}}}}\n"
        )
        let other = try behaviour(
            "parameters: {artifact_group: {}}\nuploads: {a: {from: b, to: {log_dir: {artifact_group: x}}}}\n")
        #expect(implicit.changes(to: explicit).isEmpty)
        #expect(
            implicit.changes(to: other).map(\.words) == [
                "rule 'a' uploads to 'log_dir(artifact_group: x)' instead of 'log_dir(artifact_group: ${artifact_group})'"
            ])
    }

    @Test("A renamed rule is one also where others name it")
    func renamed() throws {
        let text = Self.plan.replacing("packages", with: "debs")
        #expect(
            try behaviour(Self.plan).changes(to: behaviour(text)).map(\.words) == [
                "rule 'packages' is now called 'debs'"
            ])
    }

    /// Three rules, the last of which names the others in every way that a plan has.
    private static func rules(_ first: String, _ second: String) -> String {
        """
        uploads:
          \(first): {from: a, to: root}
          \(second): {from: b, to: tarballs, after: [\(first)]}
          spare: {from: c, to: python_packages, if_nothing_from: [\(first)]}
          page: {index: {of: [\(first), \(second)], recursive: true}, to: root, after: [\(second)]}
        summary:
          - markdown: "${\(first).url} ${\(second).url}"
          - for_each_page: {of: \(first), heading: Pages, markdown: "${page.url}"}
        outputs: {url: [text: {value: x, if_stored: [\(first), \(second)]}, none]}

        """
    }

    @Test("Rules that swap their names do what they did, and nothing else is told")
    func swapped() throws {
        let changes = try behaviour(Self.rules("one", "two")).changes(to: behaviour(Self.rules("two", "one")))
        #expect(changes.map(\.words) == ["rule 'one' is now called 'two'", "rule 'two' is now called 'one'"])
        #expect(changes.map(\.gravity) == [.text, .text])
    }

    @Test("A rule that takes the name of one that changed is not a renamed rule")
    func nameTaken() throws {
        let old = "uploads:\n  one: {from: a, to: root}\n  two: {from: b, to: tarballs}\n"
        let new = "uploads:\n  one: {from: b, to: tarballs}\n  two: {from: c, to: root}\n"
        let changes = try behaviour(old).changes(to: behaviour(new))
        #expect(changes.count == 4 && changes.allSatisfy { !$0.words.contains("called") }, "\(changes.map(\.words))")
    }
}
