public import RunOutputs

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
