import MarkedYAML
import RunOutputs
import Testing
import UploadPlanning

@Suite("Bucket policy")
struct BucketPolicyTests {
    private func context(
        repository: String? = nil, releaseType: String? = nil, environment: [String: String] = [:]
    ) throws -> RunContext {
        try RunContext(
            flags: .init(runID: "7", repository: repository, releaseType: releaseType), environment: environment,
            machine: .linux)
    }

    @Test("The files say what the tables say")
    func files() throws {
        func lines(_ text: String) -> [String] {
            text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !$0.hasPrefix("serves:") }
        }
        #expect(lines(try repositoryFile("manifests/buckets.yaml")) == PolicyTable.shipped.fileLines)
        let stateA = String(decoding: try fixture("buckets-state-a.yaml"), as: UTF8.self)
        #expect(lines(stateA) == PolicyTable.stateA.fileLines)
    }

    /// Shows deviation 46 of docs/deviations.md.
    @Test(
        "The built-in policy serves repositories of its owner alone",
        arguments: [("ROCm/TheRock", true), ("ROCm/rocm-libraries", true), ("acme/TheRock", false), ("ROCm2/x", false)])
    func served(repository: String, isServed: Bool) throws {
        #expect(BucketPolicy.builtIn.serves(try RepositoryName(repository)) == isServed)
    }

    @Test("The first rule that matches wins and says why")
    func explanation() throws {
        let policy = try PolicyTable.stateA.policy
        let selection = try policy.select(
            for: context(releaseType: "nightly", environment: ["GITHUB_REPOSITORY": "ROCm/rocm-libraries"]))
        #expect(selection.bucket.text == "therock-nightly-artifacts")
        #expect(selection.externalPrefix == "ROCm-rocm-libraries/")
        #expect(selection.region == "us-east-2")
        #expect(selection.role == "arn:aws:iam::692859939525:role/therock-nightly")
        #expect(selection.rule?.number == 12)
        #expect(selection.rule?.range == policy.rules[11].range)
        #expect(
            selection.explanation
                == "rule 12, 'Nightly builds of other repositories': release type nightly (--release-type)")

        let own = try PolicyTable.shipped.policy.select(for: context(environment: ["IS_PR_FROM_FORK": "false"]))
        #expect(
            own.explanation
                == "rule 1, 'CI of TheRock': repository ROCm/TheRock (default); not a fork (IS_PR_FROM_FORK=false); "
                + "release type ci (default)")
    }

    @Test(
        "The cutover is inclusive and only for looked-up runs",
        arguments: [
            ("2025-11-11T16:18:47Z", "therock-artifacts"), ("2025-11-11T16:18:48Z", "therock-artifacts"),
            ("2025-11-11T16:18:49Z", "therock-ci-artifacts"), (nil, "therock-ci-artifacts"),
        ] as [(String?, String)])
    func cutover(date: String?, bucket: String) throws {
        let run = WorkflowRun(headRepository: "ROCm/TheRock", updatedAt: try date.map { try UTCTimestamp($0) })
        let selection = try PolicyTable.stateA.policy.select(for: context().lookedUp(run))
        #expect(selection.bucket.text == bucket)
        #expect(selection.explanation.contains("before 2025-11-11T16:18:49Z") == (bucket == "therock-artifacts"))
    }

    /// Release types, the bucket that the shipped policy has for them, and the role unless the run is a fork's.
    static let releaseCases = [
        ("dev", "therock-dev-artifacts", "therock-dev"), ("dev-bkc", "therock-bkc-artifacts", "therock-bkc"),
        ("nightly", "therock-nightly-artifacts", "therock-nightly"),
        ("nightly-bkc", "therock-bkc-artifacts", "therock-bkc"),
        ("prerelease", "therock-prerelease-artifacts", "therock-prerelease"),
    ]

    @Test("A release has one bucket without prefix, whichever repository builds it", arguments: releaseCases)
    func releases(type: String, bucket: String, role: String) throws {
        for repository in ["ROCm/TheRock", "ROCm/rockrel", "ROCm/rocm-libraries", "someone/TheRock"] {
            for fork in [false, true] {
                let selection = try PolicyTable.shipped.policy.select(
                    for: context(
                        repository: repository, releaseType: type, environment: ["IS_PR_FROM_FORK": "\(fork)"]))
                #expect(selection.bucket.text == bucket)
                #expect(selection.externalPrefix == "")
                #expect(selection.role == (fork ? nil : "arn:aws:iam::692859939525:role/\(role)"))
            }
        }
    }

    @Test(
        "CI runs of forks and of other repositories share a bucket, with a prefix",
        arguments: [
            ("ROCm/TheRock", false, "therock-ci-artifacts", "", "therock-ci"),
            ("ROCm/TheRock", true, "therock-ci-artifacts-external", "ROCm-TheRock/", nil),
            (
                "ROCm/rocm-libraries", false, "therock-ci-artifacts-external", "ROCm-rocm-libraries/",
                "therock-ci-external"
            ),
            ("ROCm/rocm-libraries", true, "therock-ci-artifacts-external", "ROCm-rocm-libraries/", nil),
            ("rocm/therock", false, "therock-ci-artifacts-external", "rocm-therock/", "therock-ci-external"),
        ] as [(String, Bool, String, String, String?)])
    func continuousIntegration(repository: String, fork: Bool, bucket: String, prefix: String, role: String?) throws {
        let selection = try PolicyTable.shipped.policy.select(
            for: context(repository: repository, environment: ["IS_PR_FROM_FORK": "\(fork)"]))
        #expect((selection.bucket.text, selection.externalPrefix) == (bucket, prefix))
        #expect(selection.role == role.map { "arn:aws:iam::692859939525:role/\($0)" })
    }

    @Test(
        "A release type that is not listed is refused, and the legal ones are named",
        arguments: [
            ("bogus", "'bogus' from RELEASE_TYPE is not a release type of the bucket policy"),
            ("release", "'release' from RELEASE_TYPE is not a release type of the bucket policy"),
            ("Nightly", "'Nightly' from RELEASE_TYPE is not a release type of the bucket policy"),
            ("ci ", "'ci ' from RELEASE_TYPE is not a release type of the bucket policy"),
            ("dev\n", "'dev\\u{A}' from RELEASE_TYPE is not a release type of the bucket policy"),
            ("", "the release type from RELEASE_TYPE is empty"),
        ])
    func unknownReleaseType(releaseType: String, words: String) throws {
        let error = #expect(throws: BucketSelectionError.self) {
            try PolicyTable.shipped.policy.select(for: context(environment: ["RELEASE_TYPE": releaseType]))
        }
        #expect(
            error?.description
                == "\(words); expected ci, dev, dev-bkc, nightly, nightly-bkc, prerelease; leave it out or say 'ci' for an "
                + "ordinary CI run")
    }

    @Test("No match is an error that says what was asked")
    func noRule() throws {
        var table = PolicyTable.shipped
        table.rows.removeAll { $0.types == ["ci"] }
        let error = #expect(throws: BucketSelectionError.self) { try table.policy.select(for: context()) }
        #expect(
            error?.description
                == "no rule of the bucket policy matches this run: repository ROCm/TheRock (default); not a fork "
                + "(no sign of one); release type ci (default); date of the run not known; add a rule to "
                + "the policy, or name a bucket with --bucket")
    }

    @Test("A rule without conditions matches every run")
    func unconditional() throws {
        let table = PolicyTable(releaseTypes: [], rows: [.init(name: "All", bucket: "one", prefix: true)])
        let selection = try table.policy.select(for: context())
        #expect(selection.bucket.text == "one")
        #expect(selection.explanation == "rule 1, 'All': matches every run")
    }

    @Test("The tables have no rule that never matches")
    func tablesAreSound() throws {
        for table in [PolicyTable.stateA, .shipped] {
            #expect(try table.policy.shadowedRules.isEmpty)
            #expect(try table.policy.unlistedReleaseTypes.isEmpty)
        }
    }

    @Test("A rule below one that covers it never matches")
    func shadowedRules() throws {
        typealias Row = PolicyTable.Row
        let table = PolicyTable(
            releaseTypes: ["dev", "nightly"],
            rows: [
                Row(
                    name: "old", types: ["dev", "nightly"], before: "2025-01-01T00:00:00Z", bucket: "aaa", prefix: true),
                Row(name: "older", types: ["dev"], before: "2024-01-01T00:00:00Z", bucket: "bbb", prefix: true),
                Row(name: "newer", types: ["dev"], before: "2026-01-01T00:00:00Z", bucket: "ccc", prefix: true),
                Row(name: "forks", fork: true, types: ["dev"], bucket: "ddd", prefix: true),
                Row(name: "forks of one", repository: "a/b", fork: true, types: ["dev"], bucket: "eee", prefix: true),
                Row(name: "one", repository: "a/b", types: ["dev"], bucket: "fff", prefix: true),
                Row(name: "two types", fork: true, types: ["dev", "nightly"], bucket: "ggg", prefix: true),
                Row(name: "all", bucket: "hhh", prefix: true),
                Row(name: "typo", types: ["nigthly"], bucket: "iii", prefix: true),
            ])
        let shadowed = try table.policy.shadowedRules.map { "\($0.rule.name.value) by \($0.by.name.value)" }
        #expect(shadowed == ["older by old", "forks of one by forks", "typo by all"])
        #expect(try table.policy.unlistedReleaseTypes.map(\.value) == ["nigthly"])
    }

    @Test("A bucket named by hand needs no policy and has no external prefix")
    func named() throws {
        let selection = try BucketSelection.named("my-bucket")
        #expect((selection.bucket.text, selection.externalPrefix) == ("my-bucket", ""))
        #expect((selection.region, selection.role, selection.rule) == (nil, nil, nil))
        #expect(selection.explanation.contains("--bucket"))
    }

    @Test("Bucket names", arguments: ["abc", "my.bucket-1", "therock-ci-artifacts", String(repeating: "x", count: 63)])
    func bucketName(text: String) throws {
        #expect(try BucketName(text).text == text)
    }

    @Test(
        "What is not a bucket's name",
        arguments: [
            "", "ab", "Abc", "a_c", "a/b", "s3://abc", "-abc", "abc-", ".abc", "a..b", "a b", "\u{e9}bc",
            String(repeating: "x", count: 64),
        ])
    func invalidBucketName(text: String) {
        #expect(throws: InvalidBucketName(text: text)) { try BucketSelection.named(text) }
    }
}
