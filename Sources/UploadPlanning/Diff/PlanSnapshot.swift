public import RunOutputs

/// What a plan uploads, without what changes from run to run and from build to build: the layout, to compare.
public struct PlanSnapshot: Hashable, Sendable {
    /// The objects, sorted by the bytes of the key.
    public var entries: [Entry]

    /// One object.
    public struct Entry: Hashable, Sendable {
        /// The rule that uploads it.
        public var rule: String
        /// The key below the run's prefix.
        public var key: ExactString
        /// The file, or the format of what is made: `tar.gz`, `index`.
        public var source: ExactString
        /// Whether the object is made when the plan is carried out.
        public var isGenerated: Bool
        /// The media type, what to do about an object that exists, and further properties, by name.
        public var properties: [Property]
        /// The members of an archive, or the keys that a page lists.
        public var contents: [ExactString]
    }

    /// One property of an object.
    public struct Property: Hashable, Sendable {
        /// The name, as plans spell it.
        public var name: String
        /// The value.
        public var value: String
    }

    /// Collects objects.
    public init(entries: [Entry]) { self.entries = entries.sorted { $0.key < $1.key } }
}

extension PlannedUpload {
    /// What the plan uploads, to compare with another plan.
    ///
    /// - Parameter root: Where the run's outputs live; keys are told below its prefix.
    /// - Returns: Its objects, sorted by the bytes of their keys.
    public func snapshot(below root: RunOutputRoot) -> PlanSnapshot {
        let prefix = "\(root.prefix)/"
        func key(_ operation: UploadOperation) -> ExactString {
            let bytes = operation.destination.key.text.utf8
            guard bytes.starts(with: prefix.utf8) else { return operation.destination.key }
            return ExactString(String(bytes.dropFirst(prefix.utf8.count)) ?? operation.destination.key.text)
        }
        // One list for all objects of a rule that are of one type: there are many objects and few such lists.
        var lists: [String: [PlanSnapshot.Property]] = [:]
        var listedRule: Int?
        func properties(_ operation: UploadOperation) -> [PlanSnapshot.Property] {
            if listedRule != operation.rule {
                lists = [:]
                listedRule = operation.rule
            }
            if let list = lists[operation.contentType] { return list }
            let list = rules[operation.rule].listedProperties(of: operation)
            lists[operation.contentType] = list
            return list
        }
        return PlanSnapshot(
            entries: operations.map { operation in
                var entry = PlanSnapshot.Entry(
                    rule: rules[operation.rule].name, key: key(operation), source: "", isGenerated: true,
                    properties: properties(operation), contents: [])
                switch operation.source {
                case .file(let file):
                    entry.source = file.path
                    entry.isGenerated = false
                case .archive(let recipe):
                    entry.source = ExactString(recipe.format.rawValue)
                    entry.contents = recipe.members.map(\.name)
                case .index(let recipe):
                    entry.source = "index"
                    entry.contents = recipe.operations.map { key(operations[$0]) }
                }
                return entry
            })
    }
}

extension PlannedRule {
    fileprivate func listedProperties(of operation: UploadOperation) -> [PlanSnapshot.Property] {
        let single: [(String, String?)] = [
            ("content_type", operation.contentType), ("existing", existing.rawValue),
            ("content_encoding", properties.contentEncoding), ("content_disposition", properties.contentDisposition),
            ("cache_control", properties.cacheControl), ("storage_class", properties.storageClass),
        ]
        let metadata = properties.metadata.sorted { $0.key < $1.key }.map { ("metadata.\($0.key)", $0.value) }
        let tags = properties.tags.sorted { $0.key < $1.key }.map { ("tags.\($0.key)", $0.value) }
        return single.compactMap { name, value in value.map { .init(name: name, value: $0) } }
            + (metadata + tags).map { .init(name: $0.0, value: $0.1) }
    }
}
