public import RunOutputs

/// A workflow run as GitHub lists it.
public struct ListedWorkflowRun: Hashable, Sendable {
    /// The run's id: a number.
    public let id: String
    /// The full SHA of the commit that the run builds.
    public let commit: String
    /// The branch or tag, which may have been deleted; `nil` for a commit of none.
    public let branch: String?
    /// What started the run, such as `push` or `pull_request`.
    public let event: String?
    /// How far it is, such as `in_progress` or `completed`.
    public let status: String?
    /// How it ended, such as `success` or `failure`; `nil` before that.
    public let conclusion: String?
    /// When it was started first; a further attempt keeps this date.
    public let createdAt: UTCTimestamp
    /// Whose code the run builds, and when it last changed.
    public let facts: WorkflowRun

    /// Whether the run is over, and every job that counts succeeded.
    public var isSuccessful: Bool { status == "completed" && conclusion == "success" }

    /// Whether a run is newer than another: it was started later, or at the same moment with the higher id.
    ///
    /// - Parameters:
    ///   - first: A run.
    ///   - second: Another run.
    /// - Returns: `true` if the first one is newer.
    public static func isNewer(_ first: Self, than second: Self) -> Bool {
        guard first.createdAt == second.createdAt else { return first.createdAt > second.createdAt }
        // Ids have no leading zeros: the longer one is the higher one.
        return (first.id.utf8.count, first.id) > (second.id.utf8.count, second.id)
    }
}

extension ListedWorkflowRun: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, event, status, conclusion
        case commit = "head_sha"
        case branch = "head_branch"
        case createdAt = "created_at"
    }

    /// Reads a run of GitHub's answers.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = String(try fields.decode(UInt64.self, forKey: .id))
        commit = try fields.decode(String.self, forKey: .commit)
        branch = try fields.decodeIfPresent(String.self, forKey: .branch)
        event = try fields.decodeIfPresent(String.self, forKey: .event)
        status = try fields.decodeIfPresent(String.self, forKey: .status)
        conclusion = try fields.decodeIfPresent(String.self, forKey: .conclusion)
        createdAt = try fields.timestamp(try fields.decode(String.self, forKey: .createdAt), forKey: .createdAt)
        facts = try WorkflowRunFacts(from: decoder).run
    }
}

/// The part of a workflow run that decides where its outputs are.
struct WorkflowRunFacts: Decodable {
    private struct Repository: Decodable {
        var name: String

        enum CodingKeys: String, CodingKey { case name = "full_name" }
    }

    private enum CodingKeys: String, CodingKey {
        case headRepository = "head_repository"
        case updatedAt = "updated_at"
    }

    let run: WorkflowRun

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // Null if it was deleted; that it is not mentioned at all is an error.
        let repository = try fields.decode(Repository?.self, forKey: .headRepository)
        let text = try fields.decodeIfPresent(String.self, forKey: .updatedAt)
        run = WorkflowRun(
            headRepository: repository?.name,
            updatedAt: try text.map { try fields.timestamp($0, forKey: .updatedAt) })
    }
}

extension KeyedDecodingContainer {
    fileprivate func timestamp(_ text: String, forKey key: Key) throws -> UTCTimestamp {
        do {
            return try UTCTimestamp(text)
        } catch {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "\(error)")
        }
    }
}
