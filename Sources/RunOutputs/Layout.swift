/// Where outputs may live: every place by name, read from `manifests/layout.yaml` or from another project's file.
///
/// This value is the one source of truth. Validation, the `vocabulary` command, the JSON Schema, completions and the
/// documentation are derived from it.
public struct Layout: Hashable, Sendable {
    /// What the layout is called.
    public var name: String
    /// What it is about, for people.
    public var description: String?
    /// What every key of a run starts with: the first choice whose release type is the run's.
    public var prefixes: [PrefixChoice]
    /// What a run is described by.
    public var runArguments: [RunArgument]
    /// The arguments of terms.
    public var arguments: [OutputArgument]
    /// The places.
    public var terms: [OutputTerm]
    /// What people ask for by one word.
    public var groups: [OutputGroup]
    /// How file names are read.
    public var namings: [FileNaming]
    /// What commands know by meaning: the name of a term for each role.
    public var roles: [String: String]
    /// Which targets each family means.
    public var families: TargetFamilies

    /// A prefix, and the runs it is for.
    public struct PrefixChoice: Hashable, Sendable {
        /// The release types; `nil` for every run.
        public var releaseTypes: [String]?
        public var template: LayoutTemplate

        /// Joins a prefix and its runs.
        public init(releaseTypes: [String]? = nil, template: LayoutTemplate) {
            self.releaseTypes = releaseTypes
            self.template = template
        }
    }

    /// Something that a run is described by, such as its id.
    public struct RunArgument: Hashable, Sendable {
        /// The name, and what a value may be.
        public var argument: OutputArgument
        /// The environment variable that gives the value.
        public var variable: String?
        /// The value that holds if nothing gives one; ``hostDefault`` is the machine's own platform.
        public var defaultValue: String?
        /// Whether two runs never share a value of it: in releases the version.
        public var identifiesRun: Bool

        /// The default that means the machine's own platform.
        public static let hostDefault = "host"

        public init(
            _ argument: OutputArgument, variable: String? = nil, defaultValue: String? = nil, identifiesRun: Bool
        ) {
            self.argument = argument
            self.variable = variable
            self.defaultValue = defaultValue
            self.identifiesRun = identifiesRun
        }
    }
}

extension Layout {
    /// The name of what a bucket policy puts before a run's prefix.
    public static let externalPrefix = "external_prefix"
    /// The run arguments that every layout has, and that flags of their own give.
    public static let runID = "run_id"
    /// The run argument for the platform.
    public static let platform = "platform"

    /// Finds a term by its name.
    public func term(named name: String) -> OutputTerm? { terms.first { $0.name == name } }

    /// Finds a group by its name.
    public func group(named name: String) -> OutputGroup? { groups.first { $0.name == name } }

    /// The group whose term has the role of the artifacts.
    public var artifacts: OutputGroup? {
        guard let term = roles[Role.artifacts.name] else { return nil }
        return groups.first { $0.terms.contains(term) && $0.naming != nil }
    }

    /// How the file names of artifacts are read.
    public var artifactNaming: FileNaming? {
        artifacts?.naming.flatMap { name in namings.first { $0.name == name } }
    }

    /// The platforms that outputs can be for; `nil` if the layout names none.
    public var platforms: [String]? { runArgument(named: Self.platform)?.argument.legalValues }

    /// Finds what a run is described by.
    public func runArgument(named name: String) -> RunArgument? { runArguments.first { $0.argument.name == name } }

    /// The prefix of runs of a release type.
    func prefix(for releaseType: String) -> LayoutTemplate? {
        prefixes.first { $0.releaseTypes?.contains(releaseType) != false }?.template
    }

    /// The names of the run arguments that a run of a release type must have.
    public func neededRunArguments(for releaseType: String) -> [String] {
        (prefix(for: releaseType)?.arguments ?? []).filter { $0 != Self.externalPrefix }
    }
}

extension Layout {
    /// What commands know a term by, whatever the layout calls it.
    public struct Role: Hashable, Sendable {
        /// The name as layouts spell it.
        public let name: String
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
public struct MissingRole: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name of the layout.
    public let layout: String
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

extension Layout {
    /// Finds the term whose place an object lies in.
    ///
    /// Places lie inside others, so that several may fit: a file's own term comes before directories, then the one
    /// whose path takes more segments, then the one that spells more of them out, then the one that comes first.
    ///
    /// - Parameter path: The key below the run's prefix, without a leading slash.
    /// - Returns: The term; `nil` if the object lies in no term's place.
    public func term(ofPath path: String) -> OutputTerm? {
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Substring.init)
        var best: (term: OutputTerm, rank: (Int, Int, Int))?
        for term in terms {
            guard let taken = term.matchedSegments(of: segments[...]) else { continue }
            let rank = (term.kind == .file ? 1 : 0, taken, term.literalLength)
            if best.map({ $0.rank < rank }) ?? true { best = (term, rank) }
        }
        return best?.term
    }

    /// Whether the term of an object can be told by its directory alone, whatever else lies there.
    ///
    /// - Parameter name: The last segment of the object's key.
    /// - Returns: `false` if some place is meant, or excluded, by this name.
    public func isOrdinary(name: Substring) -> Bool {
        !terms.contains { term in
            guard let last = term.segments.last else { return false }
            guard last.count == 1, case .parameter(let argument) = last[0], argument.legalValues == nil else {
                return SegmentMatch.fits(last[...], name)
            }
            return argument.reserved.contains { $0 == name }
        }
    }
}

extension OutputTerm {
    /// How many characters its path spells out.
    fileprivate var literalLength: Int {
        segments.joined().reduce(0) { sum, piece in
            if case .text(let text) = piece { sum + text.utf8.count } else { sum }
        }
    }

    /// Whether an object may lie in the term's place, and how many segments of its path are the term's.
    fileprivate func matchedSegments(of path: ArraySlice<Substring>) -> Int? {
        let rests = SegmentMatch.rests(segments[...], path) { kind == .file ? $0.isEmpty : !$0.isEmpty }
        return rests.min().map { path.count - $0 }
    }
}

/// Compares segments of a path with those of a template.
enum SegmentMatch {
    /// Matches a path with a template.
    ///
    /// - Parameters:
    ///   - template: The pieces of each segment.
    ///   - path: The segments of the path.
    ///   - accepts: Whether the segments may be left over.
    /// - Returns: How many segments may be left over; none if the template does not fit.
    static func rests(
        _ template: ArraySlice<[OutputTerm.Piece]>, _ path: ArraySlice<Substring>,
        accepts: (ArraySlice<Substring>) -> Bool
    ) -> [Int] {
        guard let segment = template.first else { return accepts(path) ? [path.count] : [] }
        func rests(behind count: Int) -> [Int] {
            Self.rests(template.dropFirst(), path.dropFirst(count), accepts: accepts)
        }
        guard segment.count == 1, case .parameter(let argument) = segment[0] else {
            return path.first.map { fits(segment[...], $0) } == true ? rests(behind: 1) : []
        }
        var found = argument.mayBeEmpty ? rests(behind: 0) : []
        let longest = argument.kind == .path ? path.count : min(1, path.count)
        for count in stride(from: 1, through: longest, by: 1) {
            let value = count == 1 ? String(path[path.startIndex]) : path.prefix(count).joined(separator: "/")
            if (try? argument.check(value)) != nil { found += rests(behind: count) }
        }
        return found
    }

    /// Whether a text is made of pieces, each argument of at least one character.
    static func fits(_ pieces: ArraySlice<OutputTerm.Piece>, _ text: Substring) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        switch piece {
        case .text(let literal):
            guard text.utf8.starts(with: literal.utf8) else { return false }
            return fits(pieces.dropFirst(), text.utf8.dropFirst(literal.utf8.count).characters)
        case .parameter(let argument):
            var end = text.endIndex
            while end > text.startIndex {
                if fits(pieces.dropFirst(), text[end...]), (try? argument.check(String(text[..<end]))) != nil {
                    return true
                }
                end = text.unicodeScalars.index(before: end)
            }
            return false
        }
    }
}

extension Substring.UTF8View {
    /// The same bytes as text.
    fileprivate var characters: Substring { Substring(self) }
}
