import Foundation
import RunOutputs
import Testing

/// Every bucket that the original Python code chose, against ours: state A against that state's policy, which is a
/// fixture, state C against the policy that ships.
///
/// `Fixtures/compact.py` tells where the rows come from.
@Suite("Recorded bucket selections")
struct RecordedSelectionTests {
    /// What becomes of a row: the same, or one of the ways in which we differ on purpose.
    enum Outcome: Hashable {
        /// Same bucket and prefix, and where recorded same region and role.
        case same
        /// Both refuse.
        case bothRefuse
        /// A release type that is not in the policy became part of a bucket's name.
        case releaseTypeRefused
        /// An empty release type was an unset one in state A: deviation 26.
        case emptyReleaseTypeRefused
        /// `ci` named the internal CI bucket, also for forks and other repositories; it means an ordinary CI run.
        case ciIsOrdinary
        /// A release type of BKC builds, recorded before these got a bucket of their own: deviation 34.
        case bkcHasItsOwnBucket
        /// An empty GITHUB_REPOSITORY was an error; it counts as unset.
        case emptyRepositoryIsUnset
        /// A repository that is given as an argument must not be empty; the original then took the environment's.
        case emptyRepositoryArgumentRefused
        /// IS_PR_FROM_FORK was not read any more; we heed it.
        case variableSpeaksOfFork
        /// A head repository that was deleted was an error; it counts as a fork.
        case deletedForkIsFork
        /// A run without a date was an error; no rule about dates matches it.
        case unknownDate
        /// A date that GitHub does not write; some of them were read leniently.
        case dateRefused
        /// Left to the target that reads payloads.
        case unreadablePayload
        /// Left to the target that reads answers of the API.
        case incompleteRun
    }

    @Test(
        "Every row is the same or differs in a way that is listed here",
        arguments: [
            (
                "A",
                [
                    .same: 327, .bothRefuse: 93, .releaseTypeRefused: 26, .emptyReleaseTypeRefused: 29,
                    .ciIsOrdinary: 19,
                    .emptyRepositoryIsUnset: 24, .emptyRepositoryArgumentRefused: 6, .deletedForkIsFork: 2,
                    .unknownDate: 2, .dateRefused: 6, .incompleteRun: 1,
                ]
            ),
            (
                "C",
                [
                    .same: 260, .bothRefuse: 225, .bkcHasItsOwnBucket: 63, .emptyRepositoryIsUnset: 39,
                    .emptyRepositoryArgumentRefused: 1, .variableSpeaksOfFork: 1, .deletedForkIsFork: 2,
                    .unreadablePayload: 19, .incompleteRun: 2,
                ]
            ),
        ] as [(String, [Outcome: Int])])
    func rows(state: String, expected: [Outcome: Int]) throws {
        let policy = try (state == "A" ? PolicyTable.stateA : .shipped).policy
        let recording = try RecordedSelections.read(state: state)
        var counts: [Outcome: Int] = [:]
        for row in recording.rows {
            let recorded = recording.results[row.result]
            let found = try outcome(of: row, recorded: recorded, policy: policy)
            counts[try #require(found, "\(row) was \(recorded)"), default: 0] += 1
        }
        #expect(counts == expected)
    }

    private func outcome(
        of row: RecordedSelections.Row, recorded: RecordedSelections.Answer, policy: BucketPolicy
    ) throws -> Outcome? {
        let context: RunContext
        do {
            context = try row.context
        } catch is RecordedSelections.Row.UnreadablePayload {
            return .unreadablePayload
        } catch is RecordedSelections.Row.IncompleteRun {
            return recorded.error == nil ? nil : .incompleteRun
        } catch is InvalidTimestamp {
            return .dateRefused
        } catch RunContextError.invalidRepository {
            if recorded.error != nil { return .bothRefuse }
            return row.githubRepository == "" ? .emptyRepositoryArgumentRefused : nil
        }

        let selection: BucketSelection
        do {
            selection = try policy.select(for: context)
        } catch {
            guard case .unknownReleaseType = error else { return nil }
            if recorded.error != nil { return .bothRefuse }
            return context.releaseType.value.isEmpty ? .emptyReleaseTypeRefused : .releaseTypeRefused
        }

        if let error = recorded.error { return forgiven(error: error, row: row, context: context) }
        if selection.isSame(as: recorded) { return .same }
        if PolicyTable.bkcTypes.contains(context.releaseType.value), selection.externalPrefix == recorded.prefix,
            selection.bucket.text == "therock-bkc-artifacts",
            ["therock-dev-artifacts", "therock-nightly-artifacts"].contains(recorded.bucket)
        {
            return .bkcHasItsOwnBucket
        }
        if context.releaseType == .init("ci", from: .environment("RELEASE_TYPE")),
            selection.externalPrefix == recorded.prefix, recorded.bucket == "therock-ci-artifacts"
        {
            return .ciIsOrdinary
        }
        return context.fork == .environment(value: "true") && row.payload == nil ? .variableSpeaksOfFork : nil
    }

    /// Why an error of the original is none here.
    private func forgiven(error: String, row: RecordedSelections.Row, context: RunContext) -> Outcome? {
        if error.contains("GITHUB_EVENT_PATH") { return .unreadablePayload }
        if error.contains("to unpack"), context.repository.origin == .default { return .emptyRepositoryIsUnset }
        if context.fork == .deletedHeadRepository { return .deletedForkIsFork }
        return row.workflowRun != nil && context.date == nil ? .unknownDate : nil
    }
}

extension BucketSelection {
    fileprivate func isSame(as recorded: RecordedSelections.Answer) -> Bool {
        let isSamePlace = bucket.text == recorded.bucket && externalPrefix == recorded.prefix
        guard let recordedRegion = recorded.region else { return isSamePlace }
        return isSamePlace && region == recordedRegion && role == recorded.role
    }
}
