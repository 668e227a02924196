import FoundationEssentials
import HTTPConnections
import NIOCore
import NIOHTTP1
import UploadExecution

extension S3Client {
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// Sends a request once.
    ///
    /// - Parameter request: The request.
    /// - Returns: An answer of success.
    /// - Throws: ``S3Failure``; ``StoreError`` if the source or the credentials cannot be had; `CancellationError`.
    func attempt(_ request: S3Request) async throws -> S3Response {
        let credentials = try await credentials.credentials()
        let (http, region, host) = prepare(request, credentials: credentials)
        let stream: FilePartStream? = if case .source(let source) = http.body { source as? FilePartStream } else { nil }
        // Time for the body over a very slow line, besides the silence that is allowed.
        let byteCount = request.body.byteCount + (request.sink?.byteCount ?? 0)
        let timeout = configuration.idleTimeout * 2 + .seconds(byteCount / 65_536)
        do {
            request.sink?.restart()
            let answer = try await transport.execute(http, timeout: timeout, sink: request.sink)
            noteAnswer()
            let checked = try check(answer, of: request)
            if let sink = request.sink, sink.arrivedByteCount != sink.byteCount {
                throw S3Failure(
                    kind: .damaged, message: "\(sink.arrivedByteCount) of \(sink.byteCount) bytes arrived")
            }
            return checked
        } catch {
            stream?.takeBack()
            if let failure = stream?.failure { throw failure }
            let transportFailure = (error as? TransportError).map { S3Failure($0, at: http.origin) }
            guard var failure = error as? S3Failure ?? transportFailure else { throw error }
            failure.credentials = credentials
            (failure.askedRegion, failure.askedHost) = (region, host)
            throw failure
        }
    }

    /// Tells a success from an error, which can also come with a status of success.
    private func check(_ answer: HTTPResponse, of request: S3Request) throws(S3Failure) -> S3Response {
        guard answer.isSuccess else { throw S3Failure(answer) }
        let document = try document(in: answer, of: request)
        switch request.proof {
        case .header where answer.isOfStore, .none: break
        case .tag where answer["etag"]?.isEmpty == false: break
        case .tag: throw S3Failure(foreign: answer, without: "ETag")
        case .header: throw S3Failure(foreign: answer, without: "header of S3")
        }
        return S3Response(http: answer, document: document)
    }

    private func document(in answer: HTTPResponse, of request: S3Request) throws(S3Failure) -> XMLElement? {
        let expected = request.expectedDocument
        guard expected != nil || !answer.body.isEmpty && request.method == "PUT" else { return nil }
        do {
            let document = try XMLElement(parsing: answer.body)
            if document.name == "Error" { throw S3Failure(answer, countingAs: 500) }
            if let expected, document.name.withoutResult != expected.withoutResult {
                throw S3Failure(foreign: answer, without: "<\(expected)>")
            }
            return document
        } catch let error as XMLSyntaxError {
            guard let expected else { return nil }
            guard answer.beginsDocument(expected) else {
                throw S3Failure(foreign: answer, without: "<\(expected)>")
            }
            throw S3Failure(
                kind: error.isEarlyEnd ? .transient : .other, status: answer.status,
                message: "the answer is not a complete XML document: line \(error.line): \(error.problem)"
                    + (answer.excerpt.map { "; it says: \($0)" } ?? ""),
                hint: error.isEarlyEnd ? nil : S3Failure.notTheStore)
        } catch let failure as S3Failure {
            throw failure
        } catch {
            throw S3Failure(kind: .other, message: "\(error)")
        }
    }

    /// Builds what goes over the wire: address, date and signature depend on the attempt.
    ///
    /// - Returns: The request, and where it goes: the region, and the host if it is not the endpoint's.
    private func prepare(
        _ request: S3Request, credentials: Credentials?
    ) -> (http: HTTPRequest, region: String, host: String?) {
        let routing = routing
        let region = routing.regions[request.bucket] ?? configuration.region
        var endpoint = configuration.endpoint
        if let host = routing.hosts[request.bucket] { (endpoint.host, endpoint.addressing) = (host, .virtualHost) }
        let address = endpoint.address(bucket: request.bucket, key: request.key, region: region)
        let payloadHash = payloadHash(of: request.body)
        var headers = request.headers
        headers.append(("host", address.origin.authority))
        headers.append(("x-amz-content-sha256", payloadHash))
        if let owner = configuration.expectedBucketOwner { headers.append(("x-amz-expected-bucket-owner", owner)) }
        let signable = SignableRequest(
            method: request.method, path: address.path, query: request.query, headers: headers,
            payloadHash: payloadHash)
        if let credentials {
            let date = time.now().addingTimeInterval(routing.clockOffset)
            headers = signer.headers(for: signable, credentials: credentials, region: region, date: date)
        }
        headers.append(("user-agent", "therock-upload"))
        let query = request.query.isEmpty ? "" : "?" + signable.canonicalQuery
        let body: HTTPRequest.Body =
            switch request.body {
            case .none: .none
            case .bytes(let buffer, _): .bytes(buffer)
            case .file(let part, _): .source(FilePartStream(part))
            }
        var http = HTTPRequest(
            method: HTTPMethod(rawValue: request.method), origin: address.origin, target: address.path + query,
            headers: HTTPHeaders(headers.map { ($0.name, $0.value) }), body: body)
        if request.storesObject { http.patience = TimeAmount(configuration.patience) }
        return (http, region, routing.hosts[request.bucket])
    }

    private func payloadHash(of body: RequestBody) -> String {
        switch body {
        case .none: Self.emptyHash
        case .bytes(_, let sha256?), .file(_, let sha256?): sha256
        case .bytes, .file: SignatureV4.unsignedPayload
        }
    }
}

extension HTTPResponse {
    /// Whether it has a header that only stores send.
    fileprivate var isOfStore: Bool {
        self["etag"]?.isEmpty == false || headers.contains { $0.name.lowercased().hasPrefix("x-amz-") }
    }

    /// Whether the body may be the beginning of a document: what there is of its first element has the right name.
    ///
    /// - Parameter root: The name of the document's root element.
    /// - Returns: Whether it may be.
    fileprivate func beginsDocument(_ root: String) -> Bool {
        guard !body.isEmpty else { return false }
        let text = String(decoding: body.prefix(1024), as: UTF8.self)
        let rest = text.drop { $0.isWhitespace }
        guard rest.isEmpty || rest.first == "<" else { return false }
        // Behind the declaration, `<?xml … ?>`, the root element is the first name.
        let pairs = zip(rest.indices, rest.indices.dropFirst())
        guard let start = pairs.first(where: { rest[$0] == "<" && rest[$1].isLetter })?.1 else { return true }
        let name = rest[start...].prefix { $0.isLetter || $0.isNumber || $0 == ":" }
        let local = name.split(separator: ":").last ?? name
        return name.endIndex == text.endIndex
            ? root.hasPrefix(local) : String(local).withoutResult == root.withoutResult
    }
}

extension String {
    /// The name of a document without what stores end it with: "Result", as S3 does, "Response", or nothing.
    fileprivate var withoutResult: String {
        ["Result", "Response"].first(where: hasSuffix).map { String(dropLast($0.count)) } ?? self
    }
}

/// Carries out a few requests although the task may be cancelled, whose own requests are not sent any more.
///
/// - Parameters:
///   - limit: How long it may take when the task is cancelled.
///   - work: The requests.
/// - Returns: What came of them, or `nil` if they failed or there was no time.
func unhindered<Result: Sendable>(
    for limit: Duration = .seconds(3), _ work: @escaping @Sendable () async throws -> Result
) async -> Result? {
    let task = Task { try await work() }
    let isCancelled = Task.isCancelled
    let watch = Task {
        guard isCancelled else { return }
        try await Task.sleep(for: limit)
        task.cancel()
    }
    defer { watch.cancel() }
    return try? await task.value
}
