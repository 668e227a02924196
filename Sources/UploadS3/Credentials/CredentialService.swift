import FoundationEssentials
import HTTPConnections
import NIOCore
import NIOHTTP1
import UploadExecution

/// Asks the services that hand out credentials: they are small, near, and sometimes slow to answer.
struct CredentialService: Sendable {
    let transport: HTTPTransport
    let time: TimeSource

    /// Sends a request, and repeats it when the connection or the service fails.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: The URL.
    ///   - headers: The headers.
    ///   - body: The body.
    ///   - source: What is asked, as errors name it.
    ///   - attempts: How often to try.
    ///   - timeout: How long one attempt may take.
    ///   - isLocal: Whether the service is on this machine or network, where no proxy leads.
    /// - Returns: The last answer, whatever its status.
    /// - Throws: ``CredentialsError`` if there was none.
    func ask(
        _ method: HTTPMethod = .GET, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil, source: String,
        attempts: Int = 3, timeout: Duration = .seconds(10), isLocal: Bool = false
    ) async throws -> HTTPResponse {
        let bytes = body.map { HTTPRequest.Body.bytes(ByteBuffer(bytes: $0)) } ?? .none
        guard let request = HTTPRequest(method, url: url, headers: headers, body: bytes) else {
            throw CredentialsError(
                .other, "\(source) has no URL that can be asked: \u{201C}\(url.withoutUserInfo)\u{201D}")
        }
        var attempt = 0
        while true {
            attempt += 1
            do {
                let answer = try await transport.execute(request, timeout: time.limit(timeout), isDirect: isLocal)
                guard answer.status >= 500 || answer.status == 429, attempt < attempts else { return answer }
            } catch let error as TransportError {
                guard error.isTransient, attempt < attempts else {
                    throw CredentialsError(
                        error.isTransient ? .unavailable : .other, "\(source) cannot be asked: \(error.message)",
                        hint: error.hint)
                }
            }
            let backoff = Backoff(base: .milliseconds(400), maximum: .seconds(10))
            try await time.sleep(backoff.delay(afterFailed: attempt, jitter: time.random()))
        }
    }
}
