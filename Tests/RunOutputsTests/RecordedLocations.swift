import Foundation
import Testing

/// The rows of `Fixtures/locations.json` for one state of the original.
struct RecordedLocations: Decodable {
    struct Root: Decodable {
        let bucket, externalPrefix, runID, platform: String

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            bucket = try values.decode(String.self)
            externalPrefix = try values.decode(String.self)
            runID = try values.decode(String.self)
            platform = try values.decode(String.self)
        }
    }

    struct Row: Decodable {
        let root: Int
        let method: String
        let arguments: [String]
        let pathBelowPrefix: String
        /// The path below `stage`, where it is not simply the path.
        let localPath: String?

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            root = try values.decode(Int.self)
            method = try values.decode(String.self)
            arguments = try values.decode([String].self)
            pathBelowPrefix = try values.decode(String.self)
            localPath = try values.decodeIfPresent(String.self)
        }
    }

    struct Local: Decodable {
        let args: [String: String]
        let bucket, externalRepo, runId, platform, prefix: String
    }

    let roots: [Root]
    let local: [Local]
    let rows: [Row]

    static func read(state: String) throws -> RecordedLocations {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let states = try decoder.decode([String: RecordedLocations].self, from: fixture("locations.json"))
        return try #require(states[state])
    }
}
