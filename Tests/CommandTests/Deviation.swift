import Foundation
import RunOutputs
import Testing

/// A difference from the original that is meant (docs/deviations.md), as it shows in some recordings.
struct Deviation: Decodable, Sendable {
    /// The entry's number in docs/deviations.md.
    var id: Int
    var script: String
    var cases: [String]
    /// Keys below the run's prefix that only we write, and the files of the tree that they are copies of.
    var extra: [String: String]?
    /// Keys below the run's prefix that only the original writes.
    var missing: [String]?
    /// We write nothing at all.
    var refused: Bool?
    /// The bucket that we choose instead.
    var bucket: String?
    /// Our exit code, where it is another one.
    var exitCode: Int32?
    /// What we say about it.
    var says: String?
    /// The entries without which the rest of the tree is published after all.
    var without: [String]?

    /// Reads all that is known of a recording.
    static func all(of recording: RecordedUpload) throws -> [Deviation] {
        try all().filter { $0.script == recording.script && $0.cases.contains(recording.name) }
    }

    /// Reads all rows of Fixtures/deviations.json.
    static func all() throws -> [Deviation] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Deviation].self, from: fixture("deviations.json"))
    }
}

/// What our tool is expected to make of a recording.
struct ExpectedUpload {
    /// The keys, and the files of the tree that they are copies of.
    var sources: [ExactString: ExactString] = [:]
    var exitCode: Int32
    var says: [String]
    /// The bucket of all objects, where it is another one than the original's.
    var bucket: String?

    init(_ recording: RecordedUpload, _ deviations: [Deviation]) throws {
        exitCode = recording.exitCode
        says = deviations.compactMap(\.says)
        bucket = deviations.compactMap(\.bucket).first
        for object in recording.objects where object.generated == nil {
            let source: String = try #require(object.source, "the content of \(object.key) is in no file of the tree")
            sources[ExactString(object.key)] = ExactString(source)
        }
        for deviation in deviations {
            if let code = deviation.exitCode {
                #expect(code != recording.exitCode, "deviation \(deviation.id) no longer shows")
                exitCode = code
            }
            for key in deviation.missing ?? [] {
                let removed = sources.removeValue(forKey: ExactString("\(recording.prefix)/\(key)"))
                #expect(removed != nil, "deviation \(deviation.id) speaks of \(key), which the original does not write")
            }
            for (key, source) in deviation.extra ?? [:] {
                let replaced = sources.updateValue(
                    ExactString(source), forKey: ExactString("\(recording.prefix)/\(key)"))
                #expect(replaced == nil, "deviation \(deviation.id) no longer shows: the original writes \(key) too")
            }
        }
        if deviations.contains(where: { $0.refused == true }) { sources = [:] }
    }
}
