import FoundationEssentials
import NIOHTTP1

/// GitHub's answer to a request, read to its end.
public struct GitHubResponse: Sendable {
    /// The URL that was asked.
    public let url: String
    /// The body: JSON.
    public let body: [UInt8]
    /// Where the next page of a list is.
    public let nextPage: NextPage
    let status: Int
    let headers: HTTPHeaders

    init(url: String, apiURL: String, status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        nextPage = NextPage(headers["link"], below: apiURL)
    }

    /// Reads the body.
    ///
    /// - Parameter type: What it should be.
    /// - Returns: The value.
    /// - Throws: ``GitHubError`` if it is something else.
    public func decoded<Value: Decodable>(as type: Value.Type) throws(GitHubError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw unreadable(Self.explain(error))
        }
    }

    func unreadable(_ problem: String) -> GitHubError {
        GitHubError(
            .unreadableAnswer, "GitHub's answer cannot be understood: \(problem), at \(url)",
            hint: GitHubError.notTheAPI)
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "'\(path(context.codingPath))' is not what it should be"
        case DecodingError.keyNotFound(let key, let context): "'\(path(context.codingPath + [key]))' is missing"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "'\(path(context.codingPath))': \(context.debugDescription)"
        default: "it is not JSON"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
}
