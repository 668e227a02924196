/// What a layout says about the objects of a place, besides where they lie.
///
/// Where a term says nothing, that of the terms it lies inside holds; of several the one that keeps objects longest.
public struct PlaceProperties: Hashable, Sendable {
    /// How long they are kept; `nil` if nobody says.
    public var retention: Retention?
    /// Their storage class, as S3 spells it; `nil` for the store's usual one.
    public var storageClass: String?
    /// How long caches may keep them; `nil` if nobody says.
    public var cacheControl: String?

    /// Says nothing.
    public init() {}
}

extension OutputTerm {
    /// What a term itself says about its objects.
    public struct Properties: Hashable, Sendable {
        /// How long they are kept: the first choice whose release type is the run's.
        public var retention: [RetentionChoice] = []
        /// Their storage class.
        public var storageClass: String?
        /// How long caches may keep them.
        public var cacheControl: String?

        /// Says nothing.
        public init() {}
    }

    /// How long objects are kept, and in which runs.
    public struct RetentionChoice: Hashable, Sendable {
        /// The release types; `nil` for every run.
        public var releaseTypes: [String]?
        /// How long.
        public var retention: Retention

        /// Joins a retention and its runs.
        public init(releaseTypes: [String]? = nil, retention: Retention) {
            self.releaseTypes = releaseTypes
            self.retention = retention
        }
    }
}

extension Layout {
    /// Every retention that a term gives to runs of some release type, each once, the shortest first.
    public var retentions: [Retention] {
        Set(terms.flatMap(\.properties.retention).map(\.retention)).sorted { $1.isLonger(than: $0) }
    }

    /// What is said about the objects of a term, in runs of a release type.
    func properties(of term: OutputTerm, releaseType: String) -> PlaceProperties {
        var properties = PlaceProperties()
        properties.retention = inherited(by: term) { term in
            term.properties.retention.first { $0.releaseTypes?.contains(releaseType) != false }?.retention
        } better: {
            $0.isLonger(than: $1)
        }
        properties.storageClass = inherited(by: term) {
            $0.properties.storageClass
        } better: { _, _ in
            false
        }
        properties.cacheControl = inherited(by: term) {
            $0.properties.cacheControl
        } better: { _, _ in
            false
        }
        return properties
    }

    /// What a term says, or else the terms that it lies inside say, the nearest first.
    private func inherited<Value>(
        by term: OutputTerm, _ own: (OutputTerm) -> Value?, better: (Value, Value) -> Bool
    ) -> Value? {
        var seen: Set<String> = [term.name]
        var level = [term]
        while !level.isEmpty {
            let values = level.compactMap(own)
            if let first = values.first { return values.dropFirst().reduce(first) { better($1, $0) ? $1 : $0 } }
            level = level.flatMap(\.inside).filter { seen.insert($0).inserted }.compactMap { self.term(named: $0) }
        }
        return nil
    }
}

extension RunOutputRoot {
    /// What the layout says about the objects of a term.
    public func properties(of term: OutputTerm) -> PlaceProperties {
        layout.properties(of: term, releaseType: releaseType)
    }

    /// What the layout says about the objects of a role, also where it gives the role to no term.
    public func properties(of role: Layout.Role) -> PlaceProperties {
        if let term = layout.roles[role.name].flatMap({ layout.term(named: $0) }) { return properties(of: term) }
        return properties(
            ofPath: [role.usualPath ?? "", role.kind == .directory ? "object" : nil].compactMap(\.self)
                .joined(separator: "/"))
    }

    /// What the layout says about an object, by the term that fits its key best.
    ///
    /// - Parameter path: The key below the run's prefix, without a leading slash.
    /// - Returns: Nothing for what lies in no term's place.
    public func properties(ofPath path: String) -> PlaceProperties {
        layout.term(ofPath: path).map { properties(of: $0) } ?? PlaceProperties()
    }
}
