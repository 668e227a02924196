import MarkedYAML
public import RunOutputs

/// What is known of plans without carrying them out: what they say, and what they upload in some situations.
///
/// It is what two versions of plans are compared by, and what a lock file holds.
public struct PlanRecord: Hashable, Sendable {
    /// One situation: the files that were given, or one of a plan's own tests.
    public struct Scenario: Hashable, Sendable {
        /// What the situation is.
        public enum Situation: Hashable, Sendable {
            /// A build tree or a listing.
            case files
            /// A test, by its name.
            case test(String)
        }

        /// What the situation is.
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

    /// Versions of what is no part of a plan and has a say in where its objects go.
    public struct Versions: Hashable, Sendable {
        /// The vocabulary of destinations.
        public var layout: String
        /// The bucket policy.
        public var policy: String

        /// Joins versions.
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

    /// Joins the parts.
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
