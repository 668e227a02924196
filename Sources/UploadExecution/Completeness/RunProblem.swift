package import MarkedYAML

/// Something that keeps a run from being complete.
package struct RunProblem: Hashable, Sendable {
    /// What is wrong.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A receipt names the object, or a requirement asks for it, and it is not there.
        case missing
        /// The object is not what the job stored.
        case changed
        /// The job says that it did not store the object.
        case notUploaded = "not_uploaded"
        /// The job does not know whether it stored the object.
        case unproven
        /// Two jobs stored different contents under one key.
        case conflict
        /// The job's upload did not do all that it had to.
        case jobFailed = "job_failed"
    }

    /// What is wrong.
    package var kind: Kind
    /// The object below the run's prefix, or `receipt NAME`.
    package var name: String
    /// The jobs that it is to be asked of, by the names of their receipts.
    package var jobs: [String]
    /// More about it, in one line.
    package var detail: String?
    /// The requirement that asks for it, and where it stands.
    package var requirement: Marked<String>?

    /// Describes a problem.
    package init(
        _ kind: Kind, _ name: String, jobs: [String] = [], detail: String? = nil, requirement: Marked<String>? = nil
    ) {
        self.kind = kind
        self.name = name
        self.jobs = jobs
        self.detail = detail
        self.requirement = requirement
    }
}

/// An object of a run that is what a receipt says.
package struct ProvenObject: Hashable, Sendable {
    /// Where it is, and what the store says of it.
    package var object: StoredObject
    /// The SHA-256 of its content in lower-case hexadecimal.
    package var sha256: String
}
