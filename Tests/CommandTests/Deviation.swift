import Foundation
import RunOutputs
import Testing

/// A difference from the original that is meant (docs/deviations.md), as it shows in some recordings.
///
/// Keys are those below the run's prefix.
struct Deviation: Decodable, Sendable {
    /// The entry's number in docs/deviations.md.
    var id: Int
    /// Words of the entry that say it.
    var text: String
    var script: String
    /// The recordings that show it; `*` for all of the script.
    var cases: [String]
    /// Where no recorded upload can show it: the file of tests that does, and names the entry's number.
    var shownBy: String?
    /// The way of recording (`local`, `s3`), where only one shows it.
    var mode: String?
    /// We write to the directory that the script was told, instead of to a bucket.
    var writesToDirectory: Bool?
    /// Keys that only we write, and the files of the tree that they are copies of.
    var extra: [String: String]?
    /// Keys of archives and pages that only we write.
    var extraGenerated: [String]?
    /// Keys that only the original writes.
    var missing: [String]?
    /// What keys begin with that only the original writes.
    var missingBelow: String?
    /// We write nothing at all.
    var refused: Bool?
    /// The members of archives, or the links of pages, that only ours have.
    var listedAdds: [String: [String]]?
    /// The members of archives, or the links of pages, that only the original's have.
    var listedRemoves: [String: [String]]?
    /// Whether our text has a charset where it is UTF-8.
    var hasCharset: Bool?
    /// Our content types by key, or by the key's ending if that begins with a dot or a slash.
    var contentTypes: [String: String]?
    /// The bucket that we choose instead.
    var bucket: String?
    /// Our exit code, where it is another one.
    var exitCode: Int32?
    /// What we say about it.
    var says: String?
    /// The job's summary, where it is another one.
    var summary: String?
    /// What the paragraphs of the job's summary begin with that only the original writes.
    var summaryWithout: String?
    /// What only we write behind the original's summary; `{root}` is the URL of the run's outputs.
    var summaryAdds: String?
    /// The job's outputs, where they are others; `{root}` as above.
    var output: String?
    /// A line that only we write to the job's outputs.
    var outputAdds: String?
    /// Members of archives are named by their path in the directory that they are taken from.
    var membersAreRelative: Bool?
    /// The entries without which the rest of the tree is published after all.
    var without: [String]?

    /// Reads all that is known of a recording.
    static func all(of recording: RecordedUpload) throws -> [Deviation] {
        try all().filter { deviation in
            (deviation.script == "*" || deviation.script == recording.script)
                && (deviation.cases == ["*"] || deviation.cases.contains(recording.name))
                && deviation.mode.map(recording.modes.contains) != false
        }
    }

    /// All rows of Fixtures/deviations.json.
    static func all() throws -> [Deviation] { try table.get() }

    /// Read once, and not for each recording.
    private static let table = Result {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Deviation].self, from: fixture("deviations.json"))
    }
}
