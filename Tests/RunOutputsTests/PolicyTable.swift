import Foundation
import MarkedYAML
import RunOutputs

/// A bucket policy written as a table, and the text of the file that says the same.
struct PolicyTable {
    struct Row {
        var name: String
        var repository: String?
        var fork: Bool?
        var types: [String]?
        var before: String?
        var bucket: String
        var prefix: Bool
        var role: String?
    }

    var releaseTypes: [String]
    var rows: [Row]

    var policy: BucketPolicy {
        get throws {
            BucketPolicy(
                releaseTypes: releaseTypes.map { Marked($0, at: Self.line(1)) },
                rules: try zip(2..., rows).map { number, row in try row.rule(at: Self.line(number)) })
        }
    }

    static func line(_ number: Int) -> SourceRange {
        SourcePosition(line: number, column: 1)..<SourcePosition(line: number + 1, column: 1)
    }
}

extension PolicyTable.Row {
    fileprivate func rule(at range: SourceRange) throws -> BucketPolicy.Rule {
        BucketPolicy.Rule(
            name: Marked(name, at: range),
            condition: .init(
                repository: try repository.map { Marked(try RepositoryName($0), at: range) },
                fork: fork.map { Marked($0, at: range) },
                releaseTypes: types?.map { Marked($0, at: range) },
                runBefore: try before.map { Marked(try UTCTimestamp($0), at: range) }),
            bucket: Marked(try BucketName(bucket), at: range), hasExternalPrefix: prefix,
            region: Marked("us-east-2", at: range),
            role: role.map { Marked("arn:aws:iam::692859939525:role/\($0)", at: range) }, range: range)
    }
}

extension PolicyTable {
    /// The lines of the file, without comments and blank lines.
    var fileLines: [String] {
        var lines = ["version: 1", "release_types: [\(releaseTypes.joined(separator: ", "))]", "rules:"]
        for row in rows {
            var when = row.repository.map { ["repository: \($0)"] } ?? []
            if let fork = row.fork { when.append("fork: \(fork)") }
            if let types = row.types {
                when.append("release_type: \(types.count == 1 ? types[0] : "[\(types.joined(separator: ", "))]")")
            }
            if let before = row.before { when.append("run_before: \(before)") }
            lines += [
                "  - name: \(row.name)", "    when: {\(when.joined(separator: ", "))}", "    bucket: \(row.bucket)",
                "    external_prefix: \(row.prefix)", "    region: us-east-2",
            ]
            if let role = row.role { lines.append("    role: arn:aws:iam::692859939525:role/\(role)") }
        }
        return lines
    }
}

extension PolicyTable {
    private static let theRock = "ROCm/TheRock"
    private static let cutover = "2025-11-11T16:18:49Z"

    /// What `manifests/buckets.yaml` says.
    static let shipped = PolicyTable(
        releaseTypes: ["dev", "dev-bkc", "nightly", "nightly-bkc", "prerelease"],
        rows: [
            Row(
                name: "CI of TheRock", repository: theRock, fork: false, types: ["ci"],
                bucket: "therock-ci-artifacts", prefix: false, role: "therock-ci"),
            Row(name: "CI of forks", fork: true, types: ["ci"], bucket: "therock-ci-artifacts-external", prefix: true),
            Row(
                name: "CI of other repositories", types: ["ci"], bucket: "therock-ci-artifacts-external",
                prefix: true, role: "therock-ci-external"),
        ] + buildRows("dev", types: ["dev"]) + buildRows("nightly", types: ["nightly"])
            + buildRows("bkc", types: bkcTypes) + buildRows("prerelease", types: ["prerelease"]))

    /// The release types that have a bucket of their own since #7646.
    static let bkcTypes = ["dev-bkc", "nightly-bkc"]

    private static func buildRows(_ word: String, types: [String]) -> [Row] {
        let (bucket, builds) = ("therock-\(word)-artifacts", title(of: word))
        return [
            Row(name: "\(builds) of forks", fork: true, types: types, bucket: bucket, prefix: false),
            Row(name: builds, types: types, bucket: bucket, prefix: false, role: "therock-\(word)"),
        ]
    }

    /// What `Fixtures/buckets-state-a.yaml` says.
    static let stateA = PolicyTable(
        releaseTypes: ["dev", "nightly", "prerelease", "release"],
        rows: [
            Row(
                name: "CI of the internal releases repository", repository: "ROCm/therock-releases-internal",
                fork: false, types: ["ci"], bucket: "therock-artifacts-internal", prefix: true),
            Row(
                name: "CI of TheRock, before the cutover", repository: theRock, fork: false, types: ["ci"],
                before: cutover, bucket: "therock-artifacts", prefix: false),
            Row(
                name: "CI of TheRock", repository: theRock, fork: false, types: ["ci"],
                bucket: "therock-ci-artifacts", prefix: false, role: "therock-ci"),
            Row(
                name: "CI of forks and other repositories, before the cutover", types: ["ci"], before: cutover,
                bucket: "therock-artifacts-external", prefix: true),
            Row(name: "CI of forks", fork: true, types: ["ci"], bucket: "therock-ci-artifacts-external", prefix: true),
            Row(
                name: "CI of other repositories", types: ["ci"], bucket: "therock-ci-artifacts-external",
                prefix: true, role: "therock-ci-external"),
        ] + ["dev", "nightly", "prerelease"].flatMap(releaseRows) + [
            Row(
                name: "Release builds of TheRock", repository: theRock, fork: false, types: ["release"],
                bucket: "therock-release-artifacts", prefix: false),
            Row(
                name: "Release builds of forks and other repositories", types: ["release"],
                bucket: "therock-release-artifacts", prefix: true),
        ])

    private static func releaseRows(_ type: String) -> [Row] {
        let (bucket, role, builds) = ("therock-\(type)-artifacts", "therock-\(type)", title(of: type))
        return [
            Row(name: "\(builds) of forks", fork: true, types: [type], bucket: bucket, prefix: true),
            Row(
                name: "\(builds) of TheRock", repository: theRock, types: [type], bucket: bucket, prefix: false,
                role: role),
            Row(name: "\(builds) of other repositories", types: [type], bucket: bucket, prefix: true, role: role),
        ]
    }

    private static func title(of type: String) -> String {
        "\(["dev": "Development", "bkc": "BKC"][type] ?? type.capitalized) builds"
    }
}
