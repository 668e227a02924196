import Foundation
import RunOutputs
import Testing

/// The rows of `Fixtures/bucket-selection.json` for one state of the original.
struct RecordedSelections: Decodable {
    /// What the original answered: a bucket, or an error.
    struct Answer: Decodable {
        let prefix, bucket, region, role, error: String?
    }

    struct Row: Decodable {
        let result: Int
        let env: [String: String]
        let githubRepository, releaseTypeArg: String?
        let workflowRun: Run?
        let payload: String?
    }

    /// A workflow run as the API describes it, with all that may be missing.
    struct Run: Decodable {
        struct Repository: Decodable { let fullName: String? }

        let headRepository: Repository?
        let updatedAt: String?
        /// Whether the key is there, be it null.
        let namesHeadRepository: Bool

        enum CodingKeys: CodingKey { case headRepository, updatedAt }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            headRepository = try values.decodeIfPresent(Repository.self, forKey: .headRepository)
            updatedAt = try values.decodeIfPresent(String.self, forKey: .updatedAt)
            namesHeadRepository = values.contains(.headRepository)
        }
    }

    let results: [Answer]
    let rows: [Row]

    static func read(state: String) throws -> RecordedSelections {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = try fixture("bucket-selection.json")
        return try #require(decoder.decode([String: RecordedSelections].self, from: data)[state])
    }
}

extension RecordedSelections.Row {
    /// A payload that GitHub never sends, or none where one should be: reading it is not the policy's business.
    struct UnreadablePayload: Error {}

    /// An answer of the API that lacks what the selection asks for.
    struct IncompleteRun: Error {}

    /// What the payload says of a fork.
    var event: ForkEvidence? {
        get throws {
            guard env["GITHUB_EVENT_NAME"] == "pull_request", env["GITHUB_EVENT_PATH"]?.isEmpty == false else {
                return nil
            }
            guard let payload, var value = try? JSONSerialization.jsonObject(with: Data(payload.utf8)) else {
                throw UnreadablePayload()
            }
            for key in ["pull_request", "head", "repo", "fork"] {
                if key == "fork", value is NSNull { return .deletedHeadRepository }
                guard let object = value as? [String: Any] else { throw UnreadablePayload() }
                guard let next = object[key] else { return nil }
                value = next
            }
            guard let isFork = value as? Bool else { throw UnreadablePayload() }
            return .pullRequest(headRepository: nil, isFork: isFork)
        }
    }

    /// The run that was looked up.
    var run: WorkflowRun? {
        get throws {
            guard let workflowRun else { return nil }
            guard workflowRun.namesHeadRepository else { throw IncompleteRun() }
            return WorkflowRun(
                headRepository: workflowRun.headRepository?.fullName,
                updatedAt: try workflowRun.updatedAt.map { try UTCTimestamp($0) })
        }
    }

    /// The context that our command line would make.
    var context: RunContext {
        get throws {
            let flags = RunContext.Flags(runID: "55", repository: githubRepository, releaseType: releaseTypeArg)
            let context = try RunContext(flags: flags, environment: env, machine: .linux, event: event)
            return try run.map { context.lookedUp($0) } ?? context
        }
    }
}
