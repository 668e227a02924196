public import RunOutputs

/// The objects that are at their destinations when an upload is done.
///
/// Objects that were there before and that a rule was content with count too: a link to them works.
public struct StoredObjects: Hashable, Sendable {
    private struct RuleID: Hashable {
        var plan: ExactString
        var rule: String
    }

    private var locations: [RuleID: [OutputLocation]] = [:]

    /// Picks the operations that left an object at its destination.
    ///
    /// - Parameters:
    ///   - upload: What was to be done.
    ///   - isStored: Whether an operation's object is there: takes an index in ``PlannedUpload/operations``.
    public init(of upload: PlannedUpload, where isStored: (Int) -> Bool) {
        for (index, operation) in upload.operations.enumerated() where isStored(index) {
            let rule = upload.rules[operation.rule]
            locations[RuleID(plan: ExactString(rule.plan), rule: rule.name), default: []].append(operation.destination)
        }
    }

    /// The objects of one rule.
    func locations(ofRule rule: String, inPlan plan: String) -> [OutputLocation] {
        locations[RuleID(plan: ExactString(plan), rule: rule)] ?? []
    }

    /// Whether an object is at a location, or, of a directory, anything is below it.
    func hold(_ location: OutputLocation, orBelow isDirectory: Bool) -> Bool {
        let directory = location.key.text.utf8
        return locations.values.joined().contains { object in
            let key = object.key.text.utf8
            guard object.bucket == location.bucket, key.starts(with: directory) else { return false }
            return key.dropFirst(directory.count).first.map { isDirectory && $0 == UInt8(ascii: "/") } ?? true
        }
    }
}

/// How objects are named to people and to later steps of a job.
public struct ObjectLinks: Sendable {
    /// The URL of an object or a directory.
    let url: @Sendable (OutputLocation) -> String
    /// Whether objects are in a bucket.
    ///
    /// A directory has no S3 URIs, and no server makes pages of what is in it.
    let areInBucket: Bool

    /// Names objects by the URLs that a function makes of locations.
    public init(areInBucket: Bool, url: @escaping @Sendable (OutputLocation) -> String) {
        self.url = url
        self.areInBucket = areInBucket
    }

    /// The URLs of objects in AWS.
    public static let aws = ObjectLinks(areInBucket: true) { $0.httpsURL }
}
