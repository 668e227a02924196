import RunOutputs

/// A payload of an event that does not tell whether a run is a fork's.
public struct EventPayloadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
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

    /// The file.
    public let path: String
    /// What is wrong with it.
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
