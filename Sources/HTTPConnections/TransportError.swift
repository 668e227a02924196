/// Why there was no complete answer.
package struct TransportError: Error, Hashable, Sendable {
    /// What kind of failure it is.
    package enum Kind: Hashable, Sendable {
        /// No connection came about: the request cannot have been carried out.
        case unreachable
        /// The exchange took too long.
        case timeout
        /// The connection ended in the middle of the exchange.
        case interrupted
        /// The server cannot be trusted, or does not speak TLS as is needed.
        case untrusted
        /// The proxy does not let the request through.
        case refusedByProxy
        /// What came is not HTTP, or longer than any answer that is expected.
        case unusable
        /// The request cannot be sent as it is.
        case unsendable
    }

    /// What kind of failure it is.
    package var kind: Kind
    /// Whether the same exchange may succeed later.
    package var isTransient: Bool
    /// What went wrong, in one line, without the place.
    package var message: String
    /// What to do about it, if there is something.
    package var hint: String?
    /// Whether the other side may have got the whole request, and carried it out.
    package var mayHaveArrived = true

    /// Joins what is known; lost connections and lost time are transient, the others are not, unless it is said.
    package init(_ kind: Kind, _ message: String, hint: String? = nil, isTransient: Bool? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
        switch kind {
        case .unreachable, .timeout, .interrupted: self.isTransient = isTransient ?? true
        case .untrusted, .refusedByProxy, .unusable, .unsendable: self.isTransient = isTransient ?? false
        }
    }

    /// The task was cancelled after the request was sent, and no answer came.
    static let unanswered = TransportError(.timeout, "the run was stopped before the answer came")

    /// The server, or something between, ended the connection.
    static let closed = TransportError(.interrupted, "the connection was closed before the answer was complete")
}
