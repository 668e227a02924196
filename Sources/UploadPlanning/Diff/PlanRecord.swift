import MarkedYAML
public import RunOutputs

/// What is known of plans without carrying them out: what they say, and what they upload in some situations.
///
/// It is what two versions of plans are compared by, and what a lock file holds.
public struct PlanRecord: Hashable, Sendable {
    /// One situation: the files that were given, or one of a plan's own tests.
    public struct Scenario: Hashable, Sendable {
        public enum Situation: Hashable, Sendable {
            /// A build tree or a listing.
            case files
            /// A test, by its name.
            case test(String)
        }

        public var situation: Situation
        /// What is uploaded then.
        public var snapshot: PlanSnapshot
        /// The rules that fail then, with the reason of each; without a rule, why nothing could be planned.
        public var failures: [Failure]

        /// Joins a situation with what becomes of it.
        public init(_ situation: Situation, _ snapshot: PlanSnapshot, failures: [Failure] = []) {
            self.situation = situation
            self.snapshot = snapshot
            self.failures = failures
        }
    }

    /// Why a rule, or a whole plan, fails.
    public struct Failure: Hashable, Sendable {
        /// The rule; empty for a plan that cannot be planned.
        public var rule: String
        /// The reason in one line.
        public var reason: String
    }

    /// Versions of what is not part of a plan and has a say in where its objects go.
    public struct Versions: Hashable, Sendable {
        /// The vocabulary of destinations.
        public var layout: String
        /// The bucket policy.
        public var policy: String

        public init(layout: String, policy: String) {
            self.layout = layout
            self.policy = policy
        }

        /// The version of a vocabulary.
        public static func version(of layout: Layout) -> String {
            layout.terms.map { "\($0.name) \($0.kind) \($0.path)\n" }.joined().stableHash
        }
    }

    /// What was made with.
    public var versions: Versions
    /// What the plans say.
    public var behaviours: [Behaviour]
    /// What they upload, situation by situation.
    public var scenarios: [Scenario]

    public init(versions: Versions, behaviours: [Behaviour], scenarios: [Scenario]) {
        self.versions = versions
        self.behaviours = behaviours
        self.scenarios = scenarios
    }

    /// Whether nothing is known of any plan: then there is nothing to compare with.
    public var isEmpty: Bool { behaviours.isEmpty && scenarios.allSatisfy(\.snapshot.entries.isEmpty) }
}

extension PlannedUpload {
    /// The rules that fail, with the reasons.
    public var failures: [PlanRecord.Failure] {
        rules.flatMap { rule in rule.problems.map { .init(rule: rule.name, reason: $0.message) } }
    }

    /// The upload as one situation of a record.
    ///
    /// - Parameters:
    ///   - situation: What the situation is.
    ///   - root: Where the run's outputs live.
    /// - Returns: Its objects below the run's prefix, and the rules that fail.
    public func scenario(_ situation: PlanRecord.Scenario.Situation, below root: RunOutputRoot) -> PlanRecord.Scenario {
        PlanRecord.Scenario(situation, snapshot(below: root), failures: failures)
    }
}

extension PlanTest {
    /// Whether another version of the test gives the same files and values.
    public func isSameSituation(as other: PlanTest) -> Bool {
        let values = { (test: PlanTest) in test.settings.map { [$0.parameter.value, $0.value] } }
        return files.map(\.value) == other.files.map(\.value) && values(self) == values(other)
            && run.mapValues(\.value) == other.run.mapValues(\.value)
    }
}

extension ValidatedPlan {
    /// Plans a test of this or another version of the plan.
    ///
    /// - Parameter test: The test; what it sets and this version does not know is left out.
    /// - Returns: What is uploaded and what fails.
    public func scenario(of test: PlanTest) -> PlanRecord.Scenario {
        let names = Set(plan.parameters.map(\.name.value))
        var known = test
        known.settings.removeAll { !names.contains($0.parameter.value) }
        do throws(PlanRejected) {
            let (upload, root) = try planned(known)
            return upload.scenario(.test(test.name.value), below: root)
        } catch {
            let reasons = error.diagnostics.filter { $0.severity == .error }.map(\.message)
            return .init(
                .test(test.name.value), PlanSnapshot(entries: []),
                failures: reasons.map { .init(rule: "", reason: $0) })
        }
    }
}

/// What a plan uploads, without what changes from run to run and from build to build: the layout, to compare.
public struct PlanSnapshot: Hashable, Sendable {
    /// The objects, sorted by the bytes of the key.
    public var entries: [Entry]

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
