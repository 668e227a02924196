import HTTPConnections
public import RunOutputs

extension S3Configuration {
    /// The URL that a reader without credentials finds an object or a directory at.
    ///
    /// - Parameter location: The object.
    /// - Returns: ``publicURL`` if there is one; of AWS ``RunOutputs/OutputLocation/httpsURL``, which needs no region; else a URL of the endpoint.
    public func url(of location: OutputLocation) -> String {
        if let publicURL {
            return publicURL.replacing("${bucket}", with: location.bucket)
                .replacing("${key}", with: location.key.text.percentEncodedPath)
        }
        guard endpoint.host != nil else { return location.httpsURL }
        let (origin, path) = endpoint.address(bucket: location.bucket, key: location.key, region: region)
        return "\(origin)\(path)"
    }
}
