extension Layout {
    /// What commands know a term by, whatever the layout calls it.
    public struct Role: Hashable, Sendable {
        /// The name as layouts spell it.
        public let name: String
        /// The kind of the term.
        public let kind: OutputTerm.Kind
        /// What it is for, as a sentence.
        public let summary: String
        /// The path below the run's prefix that has the role where the layout gives it to no term.
        let usualPath: String?

        /// Where artifacts lie.
        public static let artifacts = Role(
            name: "artifacts", kind: .directory, summary: "The directory that `fetch` and `find` look in.",
            usualPath: nil)
        /// Where the receipts of jobs lie, and the record of the run.
        public static let receipts = Role(
            name: "receipts", kind: .directory,
            summary: "The directory that `apply --receipt` and `finish` write to; `receipts` if it is left out.",
            usualPath: "receipts")
        /// Where the list of checksums lies.
        public static let checksums = Role(
            name: "checksums", kind: .file,
            summary: "The list of checksums that `finish` writes; `SHA256SUMS` if it is left out.",
            usualPath: "SHA256SUMS")

        /// All roles.
        public static let all = [artifacts, receipts, checksums]
    }

    /// Finds the term of a role.
    ///
    /// - Parameter role: The role.
    /// - Returns: The term that the layout gives the role to, or else one at its usual path.
    /// - Throws: ``MissingRole`` if the layout gives it to none, and has no place where nothing else can lie.
    public func term(of role: Role) throws(MissingRole) -> OutputTerm {
        if let term = roles[role.name].flatMap({ term(named: $0) }) { return term }
        guard let path = role.usualPath else { throw MissingRole(layout: name, role: role, conflict: nil) }
        let usual = OutputTerm(name: role.name, kind: role.kind, template: LayoutTemplate(path), arguments: [:])
        // What is a directory of the whole run holds everything, these too.
        for term in terms where !term.segments.isEmpty {
            if let conflict = Self.conflict(term, usual) {
                throw MissingRole(layout: name, role: role, conflict: conflict)
            }
        }
        return usual
    }
}

/// A layout that gives a role to no term, and has no room for the usual one.
public struct MissingRole: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the layout.
    public let layout: String
    /// The role.
    public let role: Layout.Role
    /// The term that can lie at the usual place, and an example.
    public let conflict: PlaceConflict?

    /// The problem in words, and what to do.
    public var description: String {
        let problem = "the layout '\(layout.escapingControlCharacters)' gives the role `\(role.name)` to no term"
        guard let conflict else { return problem }
        return problem + ", and its term `\(conflict.first)` can lie at the usual place, '\(conflict.path)'"
    }
}
