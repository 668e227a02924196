import RunOutputs
import Testing

@Suite("Vocabulary")
struct OutputTermTests {
    typealias Row = (term: String, arguments: [String], kind: OutputTerm.Kind, path: String)

    /// The table of the documentation, line by line; a `?` marks an argument that may be empty.
    static let table: [Row] = [
        ("root", [], .directory, "P"),
        ("artifact", ["filename"], .file, "P/{filename}"),
        ("artifact_index", ["artifact_group"], .file, "P/index-{artifact_group}.html"),
        ("root_index", [], .file, "P/index.html"),
        ("log_dir", ["artifact_group"], .directory, "P/logs/{artifact_group}"),
        ("log_file", ["artifact_group", "filename"], .file, "P/logs/{artifact_group}/{filename}"),
        ("log_index", ["artifact_group"], .file, "P/logs/{artifact_group}/index.html"),
        ("log_root_index", [], .file, "P/logs/index.html"),
        ("log_stage_dir", ["stage", "amdgpu_family?"], .directory, "P/logs/{stage}/{amdgpu_family}"),
        ("log_subdir", ["path"], .directory, "P/logs/{path}"),
        ("build_observability", ["artifact_group"], .file, "P/logs/{artifact_group}/build_observability.html"),
        ("manifest_dir", ["artifact_group"], .directory, "P/manifests/{artifact_group}"),
        ("manifest", ["artifact_group"], .file, "P/manifests/{artifact_group}/therock_manifest.json"),
        ("manifest_file", ["artifact_group", "filename"], .file, "P/manifests/{artifact_group}/{filename}"),
        ("manifest_root", [], .file, "P/manifests/therock_manifest.json"),
        ("manifests_index", [], .file, "P/manifests/index.html"),
        ("python_packages", ["artifact_group?"], .directory, "P/python/{artifact_group}"),
        ("python_index", ["artifact_group?"], .file, "P/python/{artifact_group}/index.html"),
        ("tarballs", [], .directory, "P/tarballs"),
        ("tarball", ["filename"], .file, "P/tarballs/{filename}"),
        ("native_packages", ["package_type"], .directory, "P/packages/{package_type}"),
        ("native_packages_log_dir", ["package_type"], .directory, "P/logs/packaging/{package_type}"),
        ("native_packages_log_index", ["package_type"], .file, "P/logs/packaging/{package_type}/index.html"),
        ("receipt_dir", [], .directory, "P/receipts"),
        ("receipt", ["filename"], .file, "P/receipts/{filename}"),
        ("checksum_list", [], .file, "P/SHA256SUMS"),
    ]

    static let values = [
        "artifact_group": "gfx94X-dcgpu", "filename": "a.log", "stage": "math-libs", "amdgpu_family": "gfx1151",
        "path": "unit/deep", "package_type": "rpm",
    ]

    @Test("The table names every term, in order")
    func complete() {
        #expect(Layout.builtIn.terms.map(\.name) == Self.table.map(\.term))
    }

    @Test("A term is what the table says", arguments: table)
    func line(row: Row) throws {
        let term = try #require(Layout.builtIn.term(named: row.term))
        #expect(term.kind == row.kind)
        #expect(!term.summary.isEmpty)
        #expect(term.parameters.map { $0.name + ($0.mayBeEmpty ? "?" : "") } == row.arguments)

        let root = try RunOutputRoot(bucket: "b", externalPrefix: "o-r/", runID: "7", platform: .windows)
        var path = row.path.replacing("P", with: "o-r/7-windows", maxReplacements: 1)
        for (argument, value) in Self.values { path = path.replacing("{\(argument)}", with: value) }
        #expect(try root.location(of: term, Self.values) == OutputLocation(bucket: "b", key: ExactString(path)))
    }

    @Test("An argument must be there and must not be empty, unless the table allows it", arguments: table)
    func emptyArguments(row: Row) throws {
        let term = try #require(Layout.builtIn.term(named: row.term))
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        for parameter in term.parameters {
            var arguments = Self.values
            arguments[parameter.name] = nil
            let without = Result { try root.location(of: term, arguments) }
            arguments[parameter.name] = ""
            let empty = Result { try root.location(of: term, arguments) }
            if parameter.mayBeEmpty {
                #expect(try without.get() == empty.get())
                #expect(try !without.get().key.text.contains("//"))
            } else {
                #expect(throws: OutputTerm.InvalidArgument.self) { try without.get() }
                #expect(throws: OutputTerm.InvalidArgument.self) { try empty.get() }
            }
        }
    }

    @Test(
        "Optional segments are left out",
        arguments: [
            ("log_stage_dir", ["stage": "math-libs"], "7-linux/logs/math-libs"),
            ("python_packages", [:], "7-linux/python"),
            ("python_packages", ["artifact_group": ""], "7-linux/python"),
            ("python_index", [:], "7-linux/python/index.html"),
        ] as [(String, [String: String], ExactString)])
    func optionalSegments(name: String, arguments: [String: String], key: ExactString) throws {
        let term = try #require(Layout.builtIn.term(named: name))
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        #expect(try root.location(of: term, arguments).key == key)
    }
}
