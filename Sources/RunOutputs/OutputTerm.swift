/// A place where a run's outputs may live, by name: one entry of a ``Layout``.
public struct OutputTerm: Hashable, Sendable {
    /// Whether a term names one object or the prefix of many.
    public enum Kind: String, Hashable, Sendable {
        /// One object.
        case file
        /// A prefix that objects are placed below.
        case directory
    }

    /// A part of a segment of the path.
    enum Piece: Hashable, Sendable {
        case text(String)
        case parameter(OutputArgument)
    }

    /// The name as plans spell it.
    public let name: String
    /// Whether it names one object or many.
    public let kind: Kind
    /// The path below the run's prefix.
    public let template: LayoutTemplate
    /// What lives there, in one phrase.
    public let summary: String
    /// The arguments in the order of the path, with what this term alone says about their values.
    public let parameters: [OutputArgument]
    /// The terms whose places this one's may share or lie in.
    public let inside: [String]
    /// What it says about its objects besides where they lie.
    public var properties = Properties()
    /// The segments of the path.
    let segments: [[Piece]]

    /// Joins a path with the arguments that it names.
    ///
    /// - Parameters:
    ///   - name: The term's name.
    ///   - kind: Whether it names one object or many.
    ///   - template: The path.
    ///   - summary: What lives there.
    ///   - inside: The terms whose places this one's may share or lie in.
    ///   - arguments: The arguments by name; what the path names and is not here has no part in it.
    public init(
        name: String, kind: Kind, template: LayoutTemplate, summary: String = "", inside: [String] = [],
        arguments: [String: OutputArgument]
    ) {
        self.name = name
        self.kind = kind
        self.template = template
        self.summary = summary
        self.inside = inside
        segments = template.segments.map { segment in
            segment.compactMap { piece in
                switch piece {
                case .text(let text): .text(text)
                case .argument(let name): arguments[name].map { .parameter($0) }
                }
            }
        }
        parameters = segments.joined().compactMap { if case .parameter(let argument) = $0 { argument } else { nil } }
    }

    /// The path as people read it: `{name}` stands for an argument, and a segment `{name?}` is left out when it is empty.
    public var path: String {
        segments.map { segment in
            segment.map { piece in
                switch piece {
                case .text(let text): text
                case .parameter(let argument): "{\(argument.name)\(argument.mayBeEmpty ? "?" : "")}"
                }
            }.joined()
        }.joined(separator: "/")
    }
}

/// A kind of outputs as people ask for them: all places of a few terms.
public struct OutputGroup: Hashable, Sendable {
    /// The name as people type it.
    public let name: String
    /// What belongs to it, in one phrase.
    public let summary: String
    /// The names of its terms.
    public let terms: [String]
    /// How the file names of its outputs are read; `nil` if they mean nothing.
    public let naming: String?

    public init(name: String, summary: String = "", terms: [String], naming: String? = nil) {
        self.name = name
        self.summary = summary
        self.terms = terms
        self.naming = naming
    }
}

extension RunOutputRoot {
    /// Returns the prefixes that everything of a group lives below.
    ///
    /// - Parameter group: A group of this layout.
    /// - Returns: The prefixes of the group's terms up to their first argument, without a trailing slash and without
    ///   those that lie inside another.
    public func locations(of group: OutputGroup) -> [OutputLocation] {
        let paths = Set(group.terms.compactMap { layout.term(named: $0)?.template.leadingText }).sorted {
            $0.count < $1.count || $0.count == $1.count && $0.lexicographicallyPrecedes($1)
        }
        var widest: [[String]] = []
        for path in paths where !widest.contains(where: { path.starts(with: $0) }) { widest.append(path) }
        return widest.map {
            OutputLocation(bucket: bucket, key: ExactString(([prefix] + $0).joined(separator: "/")))
        }
    }

    /// Whether objects of a group lie directly in its places: then what lies deeper is something else.
    ///
    /// - Parameter group: A group of this layout.
    /// - Returns: `true` if its file names are read, and no term of it has an argument.
    public func isFlat(_ group: OutputGroup) -> Bool {
        group.naming != nil && group.terms.allSatisfy { layout.term(named: $0)?.parameters.isEmpty != false }
    }
}
