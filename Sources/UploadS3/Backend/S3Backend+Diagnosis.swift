public import RunOutputs
import UploadExecution

extension S3Backend {
    /// One thing that was examined, and what came of it.
    public struct DoctorFinding: Hashable, Sendable {
        /// Whether it works.
        public enum Verdict: String, Hashable, Sendable {
            /// It was seen to work.
            case works
            /// It was seen not to work.
            case fails
            /// It cannot be seen without writing an object.
            case unproven
        }

        /// What was examined: "credentials", "bucket".
        public var subject: String
        /// Whether it works.
        public var verdict: Verdict
        /// What was seen, in one line.
        public var message: String
        /// What to do about it, if there is something.
        public var hint: String?
    }

    /// Examines credentials, bucket and permissions without writing an object.
    ///
    /// The permission to write is seen by beginning a multipart upload, which makes no object, and giving it up.
    ///
    /// - Parameter location: A destination in the bucket; nothing is written there.
    /// - Returns: What was found, in the order in which it was looked at; what follows a failure may be missing.
    public func diagnose(_ location: OutputLocation) async -> [DoctorFinding] {
        var findings = [await diagnoseCredentials()]
        guard findings[0].verdict == .works else { return findings }
        let bucket = OutputLocation(bucket: location.bucket, key: "")
        findings.append(
            await diagnose("bucket", "s3:ListBucket", at: bucket) {
                _ = try await self.client.send(S3Request(method: "HEAD", bucket: location.bucket, proof: .header))
                return "\(location.bucket) answers in \(self.client.region(of: location.bucket))"
            })
        guard client.isReached else { return findings }
        findings.append(
            await diagnose("listing", "s3:ListBucket", at: bucket) {
                _ = try await self.client.list(bucket: location.bucket, prefix: location.key.text, limit: 1)
                return "objects can be listed"
            })
        findings.append(
            await diagnose("reading", "s3:GetObject", at: location) {
                try await self.client.head(location) == nil ? "nothing is there yet" : "an object is there"
            })
        findings.append(
            await diagnose("writing", "s3:PutObject", at: location) {
                let upload = try await self.client.createMultipartUpload(location, headers: [])
                try await self.client.abort(upload)
                return "a multipart upload can be begun and given up"
            })
        findings.append(contentsOf: unproven)
        return findings
    }

    private func diagnoseCredentials() async -> DoctorFinding {
        do {
            guard let credentials = try await client.credentials.credentials() else {
                return DoctorFinding(
                    subject: "credentials", verdict: .fails, message: "none were found",
                    hint: "looked for, in order: " + CredentialsChain.places.joined(separator: "; "))
            }
            return DoctorFinding(subject: "credentials", verdict: .works, message: "found in \(credentials.source)")
        } catch let error as StoreError {
            return DoctorFinding(subject: "credentials", verdict: .fails, message: error.message, hint: error.hint)
        } catch {
            return DoctorFinding(subject: "credentials", verdict: .fails, message: "\(error)")
        }
    }

    private func diagnose(
        _ subject: String, _ action: String, at location: OutputLocation, _ look: () async throws -> String
    ) async -> DoctorFinding {
        do {
            return DoctorFinding(subject: subject, verdict: .works, message: try await look())
        } catch let failure as S3Failure {
            let error = failure.storeError(action: action, at: location)
            return DoctorFinding(subject: subject, verdict: .fails, message: error.message, hint: error.hint)
        } catch let error as StoreError {
            return DoctorFinding(subject: subject, verdict: .fails, message: error.message, hint: error.hint)
        } catch {
            return DoctorFinding(subject: subject, verdict: .fails, message: "\(error)")
        }
    }

    private var unproven: [DoctorFinding] {
        var findings = [
            DoctorFinding(
                subject: "object properties", verdict: .unproven,
                message: "tags, storage classes and encryption keys may need permissions of their own")
        ]
        if !configuration.isAWS {
            findings.append(
                DoctorFinding(
                    subject: "conditional writes", verdict: .unproven,
                    message: "whether \(displayName) honours If-None-Match shows when an object is written"))
        }
        return findings
    }
}
