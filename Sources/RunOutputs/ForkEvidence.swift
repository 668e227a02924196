/// What tells whether a run builds the code of a fork.
public enum ForkEvidence: Hashable, Sendable {
    /// Nothing says that it is a fork.
    case absent
    /// `IS_PR_FROM_FORK` has this value. Only `true`, exactly so, means a fork.
    case environment(value: String)
    /// A pull request started the run, and its payload says whether it comes from a fork, perhaps also from which.
    case pullRequest(headRepository: String?, isFork: Bool)
    /// The run was looked up: it builds the head repository's code for the base repository.
    case workflowRun(headRepository: String, base: RepositoryName)
    /// The repository whose code the run builds is gone. That counts as a fork: nobody can tell whose it was.
    case deletedHeadRepository

    public var isFork: Bool {
        switch self {
        case .absent: false
        case .environment(let value): value == "true"
        case .pullRequest(_, let isFork): isFork
        case .workflowRun(let headRepository, let base): ExactString(headRepository) != ExactString(base.description)
        case .deletedHeadRepository: true
        }
    }
}

extension ForkEvidence: CustomStringConvertible {
    /// The evidence in words.
    public var description: String {
        switch self {
        case .absent: "no sign of one"
        case .environment(let value): "IS_PR_FROM_FORK=\(value.escapingControlCharacters)"
        case .pullRequest(let head?, _): "event payload: head repository is \(head.escapingControlCharacters)"
        case .pullRequest(nil, let isFork): "event payload: head repository is \(isFork ? "a fork" : "not a fork")"
        case .workflowRun(let head, _): "looked-up run: head repository is \(head.escapingControlCharacters)"
        case .deletedHeadRepository: "head repository deleted"
        }
    }
}
