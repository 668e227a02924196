/// What is known of a workflow run that was looked up.
public struct WorkflowRun: Hashable, Sendable {
    /// The full name of the repository whose code the run builds; nil if that was deleted.
    public let headRepository: String?
    /// When the run last changed, if that is known.
    public let updatedAt: UTCTimestamp?

    /// Describes a run.
    ///
    /// - Parameters:
    ///   - headRepository: `head_repository.full_name`, nil if `head_repository` is null.
    ///   - updatedAt: `updated_at`, nil if it is not known.
    public init(headRepository: String?, updatedAt: UTCTimestamp?) {
        self.headRepository = headRepository
        self.updatedAt = updatedAt
    }
}
