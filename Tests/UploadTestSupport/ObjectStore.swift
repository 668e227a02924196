import Crypto
import Foundation
import NIOHTTP1
public import RunOutputs
import Synchronization

/// An S3 store in memory, for a ``ScriptedServer``: objects are put, copied, looked at, read, listed and removed.
///
/// Tags are the MD5 of the content, `If-None-Match: *` is heeded, and names of buckets are part of the path.
public final class ObjectStore: Sendable {
    /// What is kept of an object.
    public struct Object: Sendable {
        public var bytes: [UInt8]
        /// The content type that it was stored with.
        public var contentType: String?
        /// The metadata that it was stored with, and its checksum headers.
        fileprivate var kept: HTTPHeaders = [:]
        fileprivate var tag: String {
            Insecure.MD5.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }

    private let stored = Mutex<[OutputLocation: Object]>([:])

    /// Makes a store.
    ///
    /// - Parameter texts: The objects that it holds from the beginning.
    public init(_ texts: [OutputLocation: String] = [:]) {
        stored.withLock { objects in
            for (location, text) in texts { objects[location] = Object(bytes: Array(text.utf8), contentType: nil) }
        }
    }

    public var objects: [OutputLocation: Object] { stored.withLock(\.self) }

    /// What the tool must be told to use the store.
    ///
    /// - Parameter server: The server that answers for the store.
    /// - Returns: Variables of its environment.
    public static func environment(_ server: ScriptedServer) -> [String: String] {
        [
            "AWS_ENDPOINT_URL_S3": server.url, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }

    @Sendable public func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        let location = Self.location(String(request.path.prefix { $0 != "?" }))
        if location.key.text.isEmpty { return list(location.bucket, request.path) }
        return stored.withLock { objects in
            switch request.method {
            case .PUT:
                guard let source = request.headers.first(name: "x-amz-copy-source") else {
                    return put(request, at: location, in: &objects)
                }
                return copy(from: source, to: location, in: &objects)
            case .HEAD, .GET:
                guard let object = objects[location] else { return Self.missing }
                return .answer(200, headers(of: object), String(decoding: object.bytes, as: UTF8.self))
            case .DELETE:
                objects[location] = nil
                return .answer(204, "")
            default: return .answer(501, "")
            }
        }
    }

    /// Reads `/{bucket}/{key}`, percent-encoded.
    private static func location(_ path: String) -> OutputLocation {
        let path = path.removingPercentEncoding ?? ""
        let parts = path.utf8.drop { $0 == UInt8(ascii: "/") }.split(separator: UInt8(ascii: "/"), maxSplits: 1)
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        return OutputLocation(bucket: texts.first ?? "", key: ExactString(texts.count > 1 ? texts[1] : ""))
    }

    private static let missing = ScriptedServer.Answer.answer(404, "<Error><Code>NoSuchKey</Code></Error>")

    private func put(
        _ request: ScriptedServer.Request, at location: OutputLocation, in objects: inout [OutputLocation: Object]
    ) -> ScriptedServer.Answer {
        if request.headers["if-none-match"] == ["*"], objects[location] != nil {
            return .answer(412, "<Error><Code>PreconditionFailed</Code></Error>")
        }
        var kept: HTTPHeaders = [:]
        for (name, value) in request.headers where Self.isKept(name.lowercased()) { kept.add(name: name, value: value) }
        let object = Object(
            bytes: request.body, contentType: request.headers.first(name: "content-type"), kept: kept)
        objects[location] = object
        return .answer(200, ["etag": "\"\(object.tag)\""], "")
    }

    private func copy(
        from source: String, to location: OutputLocation, in objects: inout [OutputLocation: Object]
    ) -> ScriptedServer.Answer {
        guard let object = objects[Self.location(source)] else { return Self.missing }
        objects[location] = object
        return .answer(200, "<CopyObjectResult><ETag>\"\(object.tag)\"</ETag></CopyObjectResult>")
    }

    private func headers(of object: Object) -> HTTPHeaders {
        var headers = object.kept
        headers.add(name: "content-length", value: "\(object.bytes.count)")
        headers.add(name: "etag", value: "\"\(object.tag)\"")
        headers.add(name: "last-modified", value: "Thu, 01 Jan 2026 00:00:00 GMT")
        return headers
    }

    private static func isKept(_ name: String) -> Bool {
        name.hasPrefix("x-amz-meta-") || name.hasPrefix("x-amz-checksum-") || name == "content-type"
    }

    private func list(_ bucket: String, _ path: String) -> ScriptedServer.Answer {
        let query = URLComponents(string: path)?.queryItems ?? []
        let prefix = query.first { $0.name == "prefix" }?.value ?? ""
        let isOneLevel = query.contains { $0.name == "delimiter" }
        let contents = objects.filter { location, _ in
            let key = location.key.text
            return location.bucket == bucket && key.hasPrefix(prefix)
                && !(isOneLevel && key.dropFirst(prefix.count).contains("/"))
        }
        .sorted { $0.key < $1.key }
        .map { location, object in
            """
            <Contents><Key>\(location.key.text.replacing("&", with: "&amp;"))</Key><Size>\(object.bytes.count)</Size>\
            <ETag>"\(object.tag)"</ETag></Contents>
            """
        }
        return .answer(
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated>\(contents.joined())</ListBucketResult>")
    }
}
