import Foundation

/// The parts of `plan --format json` that tests look at.
struct PlanDocument: Decodable {
    struct Rule: Decodable { var rule, status: String }

    struct Member: Decodable { var name: String }

    struct Archive: Decodable { var members: [Member] }

    struct Operation: Decodable {
        var rule, bucket, key, contentType: String
        var archive: Archive?
        var line: Int
        var source: String?
        var size: Int64?
    }

    var format: String
    var rules: [Rule]
    var operations: [Operation]

    init(_ json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: json)
    }
}
