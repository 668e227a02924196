import FoundationEssentials
import LocalFiles
public import RunOutputs

extension ForkEvidence {
    /// The events whose payload describes a pull request that the run builds.
    private static let pullRequestEvents: Set = ["pull_request", "pull_request_target"]

    /// Reads what the payload of the event that started the run says of a fork.
    ///
    /// - Parameter environment: The environment: `GITHUB_EVENT_NAME`, and `GITHUB_EVENT_PATH` for a pull request.
    /// - Returns: The evidence; `nil` for other events, without a payload, and for a payload that names no head
    ///   repository.
    /// - Throws: ``EventPayloadError`` if the payload is named and cannot be read or understood.
    public static func ofEvent(in environment: [String: String]) throws(EventPayloadError) -> ForkEvidence? {
        guard let event = environment["GITHUB_EVENT_NAME"], pullRequestEvents.contains(event),
            let path = environment["GITHUB_EVENT_PATH"], !path.isEmpty
        else { return nil }
        return try EventPayload.read(path).forkEvidence
    }
}

extension EventPayload {
    /// Both count: the head repository is a fork of something, or it is not the base repository.
    fileprivate var forkEvidence: ForkEvidence? {
        switch pullRequest?.head?.repository {
        case nil: return nil
        case .deleted: return .deletedHeadRepository
        case .known(let head):
            var isFork = head.isFork
            if case .known(let base) = pullRequest?.base?.repository, let headName = head.fullName,
                let baseName = base.fullName, ExactString(headName) != ExactString(baseName)
            {
                isFork = true
            }
            return .pullRequest(headRepository: head.fullName, isFork: isFork)
        }
    }
}

extension EventPayload {
    /// GitHub caps payloads at 25 MB
    /// ([Webhook events and payloads](https://docs.github.com/en/webhooks/webhook-events-and-payloads)).
    private static let largestByteCount = 25 << 20

    fileprivate static func read(_ path: String) throws(EventPayloadError) -> EventPayload {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(path, limit: largestByteCount)
        } catch {
            throw EventPayloadError(path: path, reason: .unreadable("\(error)"))
        }
        guard bytes.count <= largestByteCount else {
            throw EventPayloadError(path: path, reason: .tooLarge(limit: largestByteCount))
        }
        do {
            return try JSONDecoder().decode(EventPayload.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw EventPayloadError(path: path, reason: .init(error))
        } catch {
            throw EventPayloadError(path: path, reason: .notJSON)
        }
    }
}

/// The part of a pull request's payload that tells whose code is built.
private struct EventPayload: Decodable {
    struct PullRequest: Decodable {
        var head: Side?
        var base: Side?
    }

    /// One side of a pull request; its repository is null when that was deleted.
    struct Side: Decodable {
        enum RepositoryState {
            case deleted
            case known(Repository)
        }

        var repository: RepositoryState?

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            guard fields.contains(.repo) else { return }
            repository = try fields.decodeIfPresent(Repository.self, forKey: .repo).map { .known($0) } ?? .deleted
        }

        enum CodingKeys: CodingKey { case repo }
    }

    struct Repository: Decodable {
        var fullName: String?
        var isFork: Bool

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            fullName = try fields.decodeIfPresent(String.self, forKey: .fullName)
            // Whatever is there and is not plainly false means a fork: a wrong yes costs less than a wrong no.
            let isSaid = try fields.contains(.fork) && !fields.decodeNil(forKey: .fork)
            isFork = isSaid && (try? fields.decode(Bool.self, forKey: .fork)) != false
        }

        enum CodingKeys: String, CodingKey {
            case fullName = "full_name"
            case fork
        }
    }

    var pullRequest: PullRequest?

    enum CodingKeys: String, CodingKey {
        case pullRequest = "pull_request"
    }
}

/// A payload of an event that does not tell whether a run is a fork's.
public struct EventPayloadError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// The file cannot be read: the system's words.
        case unreadable(String)
        /// The file is larger than GitHub's payloads get, in bytes.
        case tooLarge(limit: Int)
        /// The file is not JSON in UTF-8.
        case notJSON
        /// The file is JSON, and something else than an object.
        case notAnObject
        /// A part of it is not what it is in GitHub's payloads.
        case unexpected(path: String)
    }

    public let path: String
    public let reason: Reason

    /// What is wrong, with which file, and what to do about it.
    public var description: String {
        let file = "the event's payload '\(path.escapingControlCharacters)' (GITHUB_EVENT_PATH)"
        let problem =
            switch reason {
            case .unreadable(let words): "cannot be read: \(words)"
            case .tooLarge(let limit): "is larger than \(limit >> 20) MiB"
            case .notJSON: "is not JSON"
            case .notAnObject: "is JSON, but not an object"
            case .unexpected(let path): "holds something unexpected at '\(path.escapingControlCharacters)'"
            }
        return """
            \(file) \(problem), so it is not known whether the run is a fork's; in a container, mount that file, or \
            unset GITHUB_EVENT_NAME and set IS_PR_FROM_FORK to true or false
            """
    }
}

extension EventPayloadError.Reason {
    /// Says what a decoder found.
    init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            self = path.isEmpty ? .notAnObject : .unexpected(path: path)
        case .keyNotFound, .dataCorrupted: self = .notJSON
        @unknown default: self = .notJSON
        }
    }
}
