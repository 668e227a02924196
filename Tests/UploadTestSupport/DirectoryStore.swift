import Crypto
public import Foundation
import NIOHTTP1

/// An S3 store that keeps objects as files: the object with key `K` is the file `{directory}/K`, whatever its bucket.
///
/// It knows no parts, so objects must be small.
public struct DirectoryStore: Sendable {
    private let directory: URL

    /// Names the directory; it is made with the first object.
    public init(in directory: URL) { self.directory = directory }

    /// What a tool must be told to use the store of a server.
    public static let environment = [
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-for-tests", "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    ]

    /// Answers a request.
    @Sendable public func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        let path = request.path.split(separator: "?", omittingEmptySubsequences: false)[0]
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let key = String(parts[1]).removingPercentEncoding else {
            return .answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        }
        let place = directory.path + "/" + key
        switch request.method {
        case .PUT:
            if request.headers.contains(name: "if-none-match"), FileManager.default.fileExists(atPath: place) {
                return .answer(412, "<Error><Code>PreconditionFailed</Code></Error>")
            }
            return store(Data(request.body), at: place)
        case .HEAD, .GET:
            guard let contents = FileManager.default.contents(atPath: place) else {
                return .answer(404, "<Error><Code>NoSuchKey</Code></Error>")
            }
            return .answer(200, ["etag": tag(of: contents)], String(decoding: contents, as: UTF8.self))
        case .DELETE:
            try? FileManager.default.removeItem(atPath: place)
            return .answer(204, "")
        default: return .answer(501, "<Error><Code>NotImplemented</Code></Error>")
        }
    }

    private func store(_ contents: Data, at place: String) -> ScriptedServer.Answer {
        do {
            let parent = URL(filePath: place).deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try contents.write(to: URL(filePath: place))
            return .answer(200, ["etag": tag(of: contents)], "")
        } catch {
            return .answer(500, "<Error><Code>InternalError</Code></Error>")
        }
    }

    private func tag(of contents: Data) -> String {
        "\""
            + Insecure.MD5.hash(data: contents).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            + "\""
    }
}
