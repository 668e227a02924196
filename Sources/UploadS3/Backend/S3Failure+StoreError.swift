import RunOutputs
import UploadExecution

extension S3Failure {
    /// The failure as reports show it: what happened, where it helps with whose credentials, and what to do next.
    ///
    /// - Parameters:
    ///   - action: What was tried, for permissions: "s3:PutObject".
    ///   - location: The object or, with an empty key, the bucket.
    /// - Returns: The error.
    func storeError(action: String, at location: OutputLocation) -> StoreError {
        var error = plainError(action: action, at: location)
        if mayHaveStored { error.message += "; the object may have been stored all the same" }
        // The request's identifier and the key differ with every object.
        error.cause = "\(kind) \(status) \(code) \(message) \(action) \(location.bucket) \(mayHaveStored)"
        return error
    }

    private func plainError(action: String, at location: OutputLocation) -> StoreError {
        let signer = credentials.map { "credentials from \($0.source)" } ?? "no credentials"
        switch kind {
        case .denied where isForeign: return StoreError(.accessDenied, description, hint: hint)
        case .denied:
            return StoreError(
                .accessDenied, "\(description), with \(signer)",
                hint: credentials == nil
                    ? "give credentials: environment, profile, web identity or role"
                    : "allow \(action) on \(location.arn), or use other credentials")
        case .badCredentials:
            return StoreError(.accessDenied, "\(description), with \(signer)", hint: "check those credentials")
        case .expired:
            return StoreError(
                .accessDenied, "\(description), with \(signer)",
                hint: "renew them, or use a source that renews itself: a role, a profile or credential_process")
        case .skewedClock:
            return StoreError(.accessDenied, description, hint: "set this machine's clock")
        case .foreign: return StoreError(.unavailable, description, hint: hint)
        case .unreachable, .transient, .timeout, .throttled, .damaged, .writersMet, .noSuchUpload, .invalidPart:
            return StoreError(
                .unavailable, description,
                hint: hint ?? (kind == .throttled ? "lower --concurrency, or run this again later" : nil))
        case .redirected:
            let place = region.map { "the bucket \(location.bucket) is in \($0)" }
            return StoreError(
                .destination, place.map { "\(description): \($0)" } ?? description,
                hint: region.map { "pass --region \($0)" } ?? "check --endpoint-url and --region")
        case .noSuchBucket:
            return StoreError(
                .destination, "there is no bucket \(location.bucket) (HTTP \(status))",
                hint: "check the bucket's name, --region and --endpoint-url")
        case .notFound: return StoreError(.destination, description, hint: hint)
        case .preconditionFailed: return StoreError(.conflict, description)
        case .notImplemented:
            return StoreError(.other, "the store does not support this request: \(description)", hint: hint)
        case .rangesIgnored, .other: return StoreError(.other, description, hint: hint)
        }
    }

    /// The failure of a request that reads.
    ///
    /// - Parameter location: The object or, with an empty key, the bucket.
    /// - Returns: The error: what is not there is ``StoreError/Code/notFound``.
    func readError(at location: OutputLocation) -> StoreError {
        var error = storeError(action: location.key.text.isEmpty ? "s3:ListBucket" : "s3:GetObject", at: location)
        if kind == .notFound || kind == .noSuchBucket { error.code = .notFound }
        return error
    }
}

extension OutputLocation {
    /// The name of the object or, with an empty key, the bucket in policies: a bucket's has no slash at its end.
    ///
    /// Source: "Resource types defined by Amazon S3" in AWS's Service Authorization Reference.
    fileprivate var arn: String { "arn:aws:s3:::\(bucket)" + (key.text.isEmpty ? "" : "/\(key)") }
}
