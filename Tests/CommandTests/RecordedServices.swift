import Foundation
import NIOHTTP1
import Testing
import UploadTestSupport

/// A workflow run of ROCm/TheRock, told in the shape of a recorded payload.
struct RecordedRun: Sendable {
    /// Whose code a run builds.
    enum Head: Sendable {
        case repository(String)
        case deleted
    }

    var id: Int
    var commit = String(repeating: "a", count: 40)
    var head = Head.repository("ROCm/TheRock")
    var createdAt = "2026-01-01T00:00:00Z"
    var updatedAt = "2026-01-01T08:00:00Z"
    var status = "completed"
    var conclusion: String? = "success"

    /// The members of the recorded run and of its head repository, each as JSON: to write them again takes long.
    private static let recorded = Result { () throws -> (run: [String: String], repository: [String: String]) in
        let event = try JSONSerialization.jsonObject(with: Vectors.data("github/workflow_run-completed.json"))
        let run = try #require((event as? [String: Any])?["workflow_run"] as? [String: Any])
        let repository = try #require(run["head_repository"] as? [String: Any])
        return (run: run.mapValues { json($0) }, repository: repository.mapValues { json($0) })
    }

    /// The recorded payload with this run's values in it, as JSON.
    fileprivate func payload() throws -> String {
        var (run, repository) = try Self.recorded.get()
        run["id"] = "\(id)"
        run["head_sha"] = json(commit)
        run["head_branch"] = json("main")
        run["event"] = json("push")
        run["created_at"] = json(createdAt)
        run["updated_at"] = json(updatedAt)
        run["status"] = json(status)
        run["conclusion"] = json(conclusion ?? NSNull())
        switch head {
        case .repository(let name):
            repository["full_name"] = json(name)
            run["head_repository"] = object(repository)
        case .deleted: run["head_repository"] = json(NSNull())
        }
        return object(run)
    }

    private func object(_ members: [String: String]) -> String {
        "{" + members.map { json($0) + ": " + $1 }.joined(separator: ", ") + "}"
    }
}

/// GitHub's API and an S3 store on one server, which know a few runs, commits and objects.
struct RecordedServices: Sendable {
    /// The runs, in any order.
    var runs: [RecordedRun] = []
    /// The commits of the branch `main`, the newest first.
    var commits: [String] = []
    /// The keys in each bucket.
    var buckets: [String: [String]] = [:]
    /// Whether runs of other commits are listed, too.
    var ignoresCommit = false
    /// What happens instead of an answer; `nil` for the answer itself.
    var fault: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { _ in nil }

    private static let missing = ScriptedServer.Answer.answer(404, #"{"message": "Not Found"}"#)

    /// What the tool must be told to use the server.
    static func environment(_ server: ScriptedServer) -> [String: String] {
        [
            "GITHUB_API_URL": server.url, "AWS_ENDPOINT_URL_S3": server.url, "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }

    /// Answers a request.
    @Sendable func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        if let fault = fault(request) { return fault }
        let url = URLComponents(string: request.path)
        var query: [String: String] = [:]
        for item in url?.queryItems ?? [] { query[item.name] = item.value ?? "" }
        let path = (url?.path ?? "").split(separator: "/").map(String.init)
        switch (path.first, path.last) {
        case ("repos", "runs") where path.count == 7 && path[5] == "multi_arch_ci.yml":
            return page(runs.filter { ignoresCommit || $0.commit == query["head_sha"] }, query, request)
        case ("repos", "commits"):
            guard query["sha"] == "main" else { return Self.missing }
            return .answer(200, json(commits.prefix(Int(query["per_page"] ?? "") ?? 30).map { ["sha": $0] }))
        case ("repos", let id?) where path.count == 6 && path[4] == "runs":
            return runs.first { "\($0.id)" == id }.map { .answer(200, (try? $0.payload()) ?? "{}") } ?? Self.missing
        case (let bucket?, _) where path.count == 1 && query["list-type"] == "2":
            return listing(of: bucket, query["prefix"] ?? "", isOneLevel: query["delimiter"] == "/")
        default: return Self.missing
        }
    }

    private func page(
        _ runs: [RecordedRun], _ query: [String: String], _ request: ScriptedServer.Request
    ) -> ScriptedServer.Answer {
        let (number, size) = (Int(query["page"] ?? "") ?? 1, Int(query["per_page"] ?? "") ?? 30)
        let part = runs.dropFirst((number - 1) * size).prefix(size)
        let payloads = part.compactMap { try? $0.payload() }.joined(separator: ", ")
        let body = #"{"total_count": \#(runs.count), "workflow_runs": [\#(payloads)]}"#
        var headers: HTTPHeaders = [:]
        if number * size < runs.count {
            var next = URLComponents(string: request.path) ?? URLComponents()
            next.queryItems = query.merging(["page": "\(number + 1)"]) { $1 }.map {
                .init(name: $0.key, value: $0.value)
            }
            let host = request.headers.first(name: "host") ?? ""
            headers.add(name: "link", value: "<http://\(host)\(next.string ?? "")>; rel=\"next\"")
        }
        return .answer(200, headers, body)
    }

    private func listing(of bucket: String, _ prefix: String, isOneLevel: Bool) -> ScriptedServer.Answer {
        guard let keys = buckets[bucket] else {
            return .answer(404, "<Error><Code>NoSuchBucket</Code><Message>No such bucket</Message></Error>")
        }
        let below = keys.filter { $0.hasPrefix(prefix) }.sorted()
        let objects = isOneLevel ? below.filter { !$0.dropFirst(prefix.count).contains("/") } : below
        let contents = objects.map { "<Contents><Key>\($0)</Key><Size>1</Size><ETag>\"e\"</ETag></Contents>" }
        let deeper = Set(below).subtracting(objects).map { key in
            prefix + (key.dropFirst(prefix.count).split(separator: "/").first ?? "") + "/"
        }
        let prefixes = Set(deeper).sorted().map { "<CommonPrefixes><Prefix>\($0)</Prefix></CommonPrefixes>" }
        return .answer(
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated>\((contents + prefixes).joined())</ListBucketResult>")
    }
}

private func json(_ value: Any) -> String {
    let bytes = try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
    return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
}
