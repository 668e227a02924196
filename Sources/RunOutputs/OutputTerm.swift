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
