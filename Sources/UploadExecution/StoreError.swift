package import RunOutputs

/// Why an object was not stored, or could not be read back.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// The source cannot be read, or is gone.
        case unreadableSource = "unreadable_source"
        /// The source is not as it was planned, or changed while it was read.
        case sourceChanged = "source_changed"
        /// The destination holds an object that must not be replaced.
        case conflict
        /// The store refused the credentials or the permission.
        case accessDenied = "access_denied"
        /// The store, or the connection to it, failed in a way that may pass.
        case unavailable
        /// The destination cannot be written: disk full, no such bucket, not a directory.
        case destination
        /// An object that this one is made of was not uploaded.
        case heldBack = "held_back"
        /// What was to be read is not there: an object, a bucket, a directory.
        case notFound = "not_found"
        /// What was read is not what it should be: a checksum differs, an archive is broken.
        case damaged
        /// Anything else.
        case other
    }

    /// The kind of failure.
    public var code: Code
    /// What went wrong, in one line without the object's name.
    public var message: String
    /// What to do about it, in one line, if there is something.
    public var hint: String?
    /// What failures of different objects for one reason have in common, where messages and hints name the object or
    /// the request.
    public var cause: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message, and the hint behind it.
    public var description: String { hint.map { "\(message) (\($0))" } ?? message }

    /// What tells one reason from another.
    package var reason: String { cause ?? description }
}

extension StoreError {
    /// Says that an object is larger than it may be.
    package init(tooLarge limit: Int) { self.init(.damaged, "it has more than \(limit) bytes") }

    /// Says that there is no object to read.
    package init(absent location: OutputLocation) {
        self.init(.notFound, "there is no object \(location.key)")
    }
}

/// An upload of which the store was told and did not say what became of it: the object may be there or not.
public struct UnknownOutcome: Error, Equatable, Sendable {
    /// What happened.
    public var error: StoreError

    /// Tells what happened.
    public init(_ error: StoreError) { self.error = error }
}
