import HTTPConnections
public import RunOutputs

extension S3Configuration {
    /// The URL that a reader without credentials finds an object or a directory at.
    ///
    /// - Parameter location: The object.
    /// - Returns: Of AWS ``RunOutputs/OutputLocation/httpsURL``, which needs no region; else a URL of the endpoint.
    public func url(of location: OutputLocation) -> String {
        guard endpoint.host != nil else { return location.httpsURL }
        let (origin, path) = endpoint.address(bucket: location.bucket, key: location.key, region: region)
        return "\(origin)\(path)"
    }
}
