import Foundation
import RunOutputs
import Testing

/// Every location that the original Python code computed, against ours.
///
/// `Fixtures/compact.py` tells where the rows come from.
@Suite("Recorded locations")
struct RecordedLocationTests {
    /// What becomes of a row: the same, or one of the ways in which we differ on purpose.
    enum Outcome: Hashable {
        case same
        /// Same object, but its URL is percent-encoded.
        case sameButURLEncoded
        /// An empty group of Python packages has no segment; the original ended the path with a slash.
        case emptyGroupLeftOut
        /// Empty, or with a slash, where a segment is expected.
        case argumentRefused
        /// A platform that is neither linux nor windows is not a value of ours.
        case platformRefused
        /// An external prefix that would run into the run id.
        case prefixRefused
    }

    /// What the methods of the original are called in the vocabulary, where that differs.
    static let renamed = [
        "native_linux_packages": "native_packages",
        "native_linux_packages_log_dir": "native_packages_log_dir",
        "native_linux_packages_log_index": "native_packages_log_index",
    ]

    @Test(
        "Every row is the same or differs in a way that is listed here",
        arguments: [
            (
                "A",
                [
                    .same: 252, .sameButURLEncoded: 92, .emptyGroupLeftOut: 11, .argumentRefused: 236,
                    .platformRefused: 48, .prefixRefused: 47,
                ]
            ),
            (
                "C",
                [
                    .same: 422, .sameButURLEncoded: 93, .argumentRefused: 351, .platformRefused: 69,
                    .prefixRefused: 65,
                ]
            ),
        ] as [(String, [Outcome: Int])])
    func rows(state: String, expected: [Outcome: Int]) throws {
        let recording = try RecordedLocations.read(state: state)
        var counts: [Outcome: Int] = [:]
        for row in recording.rows { counts[try outcome(of: row, in: recording), default: 0] += 1 }
        #expect(counts == expected)
    }

    @Test("Roots for local use", arguments: ["A", "C"])
    func localRoots(state: String) throws {
        let rows = try RecordedLocations.read(state: state).local
        #expect(rows.count == 4)
        for row in rows {
            let root = try RunOutputRoot.forLocalUse(
                runID: row.args["run_id"] ?? "local",
                platform: row.args["platform"].flatMap { Platform(rawValue: $0) } ?? .linux,
                bucket: row.args["bucket"] ?? "local")
            #expect(root.bucket == row.bucket)
            #expect(root.externalPrefix == row.externalRepo)
            #expect(root.runID == row.runId)
            #expect(root.platform.rawValue == row.platform)
            #expect(root.prefix == row.prefix)
        }
    }

    private func outcome(of row: RecordedLocations.Row, in recording: RecordedLocations) throws -> Outcome {
        let recorded = recording.roots[row.root]
        guard let platform = Platform(rawValue: recorded.platform), ["linux", "windows"].contains(recorded.platform)
        else {
            return .platformRefused
        }
        let root: RunOutputRoot
        do {
            root = try RunOutputRoot(
                bucket: recorded.bucket, externalPrefix: recorded.externalPrefix, runID: recorded.runID,
                platform: platform)
        } catch {
            #expect(error == .noTrailingSlash)
            return .prefixRefused
        }

        let term = try term(of: row)
        let arguments = Dictionary(uniqueKeysWithValues: zip(term.parameters.map(\.name), row.arguments))
        let location: OutputLocation
        do {
            location = try root.location(of: term, arguments)
        } catch {
            let isRefusable = row.arguments.contains { $0.isEmpty || $0.contains("/") }
            #expect(isRefusable, "\(row) refused: \(error)")
            return .argumentRefused
        }

        let path = root.prefix + row.pathBelowPrefix
        if location.key != ExactString(path) {
            #expect(term.name == "python_packages" && row.arguments == [""], "\(row) is \(location.key)")
            #expect(path == location.key.text + "/")
            return .emptyGroupLeftOut
        }
        #expect(location.bucket == recorded.bucket)
        #expect(location.s3URI == "s3://\(recorded.bucket)/\(path)")
        #expect(location.localPath(in: "stage") == row.localPath ?? "stage/\(path)")

        let encoded = path.addingPercentEncoding(withAllowedCharacters: OutputLocationTests.plain) ?? ""
        #expect(location.httpsURL == "https://\(recorded.bucket).s3.amazonaws.com/\(encoded)")
        return encoded == path ? .same : .sameButURLEncoded
    }

    private func term(of row: RecordedLocations.Row) throws -> OutputTerm {
        // The last state's index is one page for the whole run.
        let isRootIndex = row.method == "artifact_index" && row.arguments.isEmpty
        let name = isRootIndex ? "root_index" : Self.renamed[row.method] ?? row.method
        return try #require(Layout.builtIn.term(named: name), "\(row.method)")
    }
}
