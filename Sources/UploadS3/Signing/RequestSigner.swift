import FoundationEssentials
import Synchronization

/// Adds the signature's headers to requests, and keeps the day's key and the second's timestamp between them.
final class RequestSigner: Sendable {
    private struct State {
        var credentials: Credentials?
        var region = ""
        var keyDay = ""
        var key: SigningKey?
        var second: Int64 = .min
        var timestamp = ""
        var day = ""
    }

    private let service: String
    private let state = Mutex(State())

    /// Makes a signer for one service.
    init(service: String) { self.service = service }

    /// Returns the headers of a request together with those that sign it.
    ///
    /// - Parameters:
    ///   - request: The request without `x-amz-date`, token and signature.
    ///   - credentials: What to sign it with.
    ///   - region: The region that the request is for.
    ///   - date: The time of the request.
    /// - Returns: The headers to send.
    func headers(
        for request: SignableRequest, credentials: Credentials, region: String, date: Date
    ) -> [(name: String, value: String)] {
        let (timestamp, key) = current(credentials, region, date)
        var request = request
        request.headers.append(("x-amz-date", timestamp))
        if let token = credentials.sessionToken { request.headers.append(("x-amz-security-token", token)) }
        let signature = SignatureV4.sign(
            request, accessKeyID: credentials.accessKeyID, key: key, timestamp: timestamp)
        request.headers.append(("authorization", signature.authorization))
        return request.headers
    }

    private func current(_ credentials: Credentials, _ region: String, _ date: Date) -> (String, SigningKey) {
        let second = Int64(date.timeIntervalSince1970.rounded(.down))
        return state.withLock { state in
            if state.second != second {
                state.second = second
                state.timestamp = date.basicISO8601
                state.day = String(state.timestamp.prefix(8))
            }
            let day = state.day
            if let key = state.key, state.keyDay == day, state.region == region, state.credentials == credentials {
                return (state.timestamp, key)
            }
            let key = SigningKey(
                secret: credentials.secretAccessKey, day: day, region: region, service: service)
            (state.credentials, state.region, state.keyDay, state.key) = (credentials, region, day, key)
            return (state.timestamp, key)
        }
    }
}
