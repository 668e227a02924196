public import RunOutputs

/// The lifecycle rule that removes what is tagged to be kept so many days.
public struct RetentionRule: Hashable, Sendable {
    /// After how many days.
    public let days: Int

    /// What the identifiers of our rules begin with: no other rule of a bucket is ever touched.
    public static let idPrefix = "therock-retain-"
    /// The most rules of a bucket:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html>.
    public static let mostOfBucket = 1000

    /// The rule for a retention; `nil` for one that nothing ends.
    public init?(_ retention: Retention) {
        guard case .days(let days) = retention else { return nil }
        self.days = days
    }

    /// The value of the tag that it looks for.
    public var tagValue: String { Retention.days(days).text }
    /// The identifier in the bucket.
    public var id: String { Self.idPrefix + tagValue }

    /// The rule as S3's XML spells it.
    var xml: String {
        "<Rule><Expiration><Days>\(days)</Days></Expiration><ID>\(id)</ID><Filter><Tag><Key>\(RetentionTag.retain)</Key>"
            + "<Value>\(tagValue)</Value></Tag></Filter><Status>Enabled</Status></Rule>"
    }
}

/// A lifecycle rule as a bucket holds it.
public struct BucketRule: Hashable, Sendable {
    /// Its identifier; empty if it has none.
    public var id: String
    /// The whole rule as the bucket's XML spells it, to be put there again.
    public var xml: String
    /// Whether it is carried out.
    public var isEnabled: Bool
    /// The tags that objects must have.
    public var tags: [String: String]
    /// After how many days it removes objects; `nil` if it does not.
    public var days: Int?
    /// Whether it does anything else, or looks at anything else.
    public var isOtherwise: Bool

    public init(
        id: String, xml: String, isEnabled: Bool, tags: [String: String], days: Int?, isOtherwise: Bool
    ) {
        self.id = id
        self.xml = xml
        self.isEnabled = isEnabled
        self.tags = tags
        self.days = days
        self.isOtherwise = isOtherwise
    }

    /// Whether it is one of ours by its name.
    public var isOurs: Bool { id.hasPrefix(RetentionRule.idPrefix) }

    /// Why it is not the rule that it should be; `nil` if it is.
    func difference(from rule: RetentionRule) -> String? {
        if !isEnabled { return "the bucket's is disabled" }
        if tags != [RetentionTag.retain: rule.tagValue] { return "the bucket's looks for other tags" }
        if days != rule.days { return "the bucket's removes objects after \(days.map { "\($0) days" } ?? "nothing")" }
        return isOtherwise ? "the bucket's says more than that" : nil
    }
}
