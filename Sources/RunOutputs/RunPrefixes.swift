/// Finds out which run an object belongs to, by the start of its key.
public struct RunPrefixes: Sendable {
    /// The prefixes of a layout, each with and without what a bucket policy puts before it.
    private let templates: [[[OutputTerm.Piece]]]

    /// The most segments that the prefix of a run has.
    public var longest: Int { templates.map(\.count).max() ?? 0 }

    /// Reads a layout's prefixes.
    public init(_ layout: Layout) {
        let external = OutputArgument(name: Layout.externalPrefix)
        templates = layout.prefixes.flatMap { choice -> [[[OutputTerm.Piece]]] in
            let segments = choice.template.segments.map { segment in
                segment.compactMap { piece -> OutputTerm.Piece? in
                    switch piece {
                    case .text(let text): .text(text)
                    case .argument(Layout.externalPrefix): nil
                    case .argument(let name):
                        .parameter(layout.runArgument(named: name)?.argument ?? OutputArgument(name: name))
                    }
                }
            }.filter { !$0.isEmpty }
            // `{owner}-{repository}/`: where it is in the template does not matter as long as that is the start.
            return [segments, [[.parameter(external), .text("-"), .parameter(external)]] + segments]
        }
    }

    /// Finds the run of an object.
    ///
    /// - Parameter key: The whole key.
    /// - Returns: The run's prefix without a slash at its end; `nil` for what belongs to no run.
    public func prefix(of key: String) -> String? {
        let segments = key.split(separator: "/", omittingEmptySubsequences: false)
        for template in templates {
            let rests = SegmentMatch.rests(template[...], segments[...]) { !$0.isEmpty }
            // A path of several segments takes as few as it can: what follows is the run's.
            guard let rest = rests.max() else { continue }
            return segments.dropLast(rest).joined(separator: "/")
        }
        return nil
    }
}

extension RunOutputRoot {
    /// A run that was found by its keys: what else describes it is not known.
    ///
    /// - Parameters:
    ///   - prefix: The run's prefix without a slash at its end.
    ///   - bucket: The bucket.
    ///   - releaseType: The release type, which may decide how long objects are kept.
    ///   - layout: Where outputs may live.
    public init(foundAt prefix: String, in bucket: String, releaseType: String, layout: Layout) {
        self.bucket = bucket
        externalPrefix = ""
        runID = prefix
        platform = .linux
        values = [:]
        self.releaseType = releaseType
        self.layout = layout
        self.prefix = prefix
    }
}
