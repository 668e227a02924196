/// Something that happens while an upload is carried out.
public enum UploadEvent: Hashable, Sendable {
    /// An operation started: an index in `PlannedUpload.operations`.
    case operationStarted(Int)
    /// The object of an operation is ready to be sent, and this many bytes large.
    case objectReady(operation: Int, byteCount: Int64)
    /// An operation has sent this many more bytes; fewer than none when an attempt is repeated.
    case progressed(operation: Int, byteCount: Int64)
    /// An operation ended.
    case operationEnded(Int, OperationResult)
    /// A rule ended, or will not start: an index in `PlannedUpload.rules`.
    case ruleEnded(Int, RuleOutcome)
}
