public import RunLifetime
import RunOutputs
import UploadExecution

extension S3Backend {
    /// The lifecycle configuration of a bucket.
    public struct Lifecycle: Hashable, Sendable {
        /// The rules, in their order.
        public var rules: [BucketRule]
        /// What belongs to the configuration and is no rule.
        var minimumSize: String?
    }

    /// Reads a bucket's lifecycle configuration.
    ///
    /// - Parameter bucket: The bucket.
    /// - Returns: The configuration, without rules if the bucket has none.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func lifecycle(of bucket: String) async throws -> Lifecycle {
        do {
            guard let found = try await client.lifecycle(of: bucket) else { return Lifecycle(rules: []) }
            return Lifecycle(
                rules: found.document.all("Rule").map { BucketRule($0) }, minimumSize: found.minimumSize)
        } catch let failure as S3Failure {
            throw failure.storeError(
                action: "s3:GetLifecycleConfiguration", at: OutputLocation(bucket: bucket, key: ""))
        }
    }

    /// Replaces the rules of a bucket's lifecycle configuration, and reads them again.
    ///
    /// S3 knows no condition for this: what somebody else changes at the same time is lost.
    ///
    /// - Parameters:
    ///   - rules: All rules, as XML spells them.
    ///   - former: The configuration as it was read.
    ///   - bucket: The bucket.
    /// - Returns: The configuration that the bucket has now.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func setLifecycle(_ rules: [String], over former: Lifecycle, of bucket: String) async throws -> Lifecycle {
        do {
            try await client.setLifecycle(rules, minimumSize: former.minimumSize, of: bucket)
        } catch let failure as S3Failure {
            throw failure.storeError(
                action: "s3:PutLifecycleConfiguration", at: OutputLocation(bucket: bucket, key: ""))
        }
        return try await lifecycle(of: bucket)
    }
}

extension BucketRule {
    /// Reads a `Rule` of a `LifecycleConfiguration`:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>.
    fileprivate init(_ rule: XMLElement) {
        let filter = rule["Filter"]
        let and = filter?["And"]
        let tags = (filter?.all("Tag") ?? []) + (and?.all("Tag") ?? [])
        let limits = (filter?.children ?? []) + (and?.children ?? [])
        let looksElsewhere =
            limits.contains { !["Tag", "And", "Prefix"].contains($0.name) || $0.name == "Prefix" && !$0.text.isEmpty }
            || rule["Prefix"]?.text.isEmpty == false
        let known: Set = ["ID", "Status", "Filter", "Expiration", "Prefix"]
        let doesMore =
            rule.children.contains { !known.contains($0.name) }
            || rule["Expiration"]?.children.contains { $0.name != "Days" } == true
        self.init(
            id: rule["ID"]?.text ?? "", xml: rule.xml, isEnabled: rule["Status"]?.text == "Enabled",
            tags: Dictionary(tags.map { ($0["Key"]?.text ?? "", $0["Value"]?.text ?? "") }) { first, _ in first },
            days: rule["Expiration"]?["Days"].flatMap { Int($0.text) }, isOtherwise: looksElsewhere || doesMore)
    }
}
