import UploadExecution

/// How an object is cut into parts.
struct PartLayout: Hashable, Sendable {
    /// The size of an object.
    let byteCount: Int64
    /// The size of every part but the last.
    let partSize: Int64

    /// S3's limits: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
    static let maximumParts: Int64 = 10_000
    static let minimumPartSize: Int64 = 5 << 20
    static let maximumObject: Int64 = 5 << 40

    /// Cuts an object into parts of the preferred size, or of larger ones where there would be too many.
    ///
    /// - Parameters:
    ///   - byteCount: The size of the object.
    ///   - preferred: The size of a part if nothing speaks against it.
    /// - Throws: ``StoreError`` if S3 takes no object of the size.
    init(byteCount: Int64, preferred: Int64) throws(StoreError) {
        guard byteCount <= Self.maximumObject else {
            throw StoreError(
                .destination, "\(byteCount) bytes are more than an object may have (5 TiB)", hint: "split the file")
        }
        self.byteCount = byteCount
        let mebibyte: Int64 = 1 << 20
        let needed = (byteCount + Self.maximumParts - 1) / Self.maximumParts
        partSize = max(preferred, Self.minimumPartSize, (needed + mebibyte - 1) / mebibyte * mebibyte)
    }

    /// The number of parts.
    var count: Int { Int((byteCount + partSize - 1) / partSize) }

    /// The bytes of a part.
    ///
    /// - Parameter number: The part, from 1.
    /// - Returns: Their positions.
    func range(of number: Int) -> Range<Int64> {
        let start = Int64(number - 1) * partSize
        return start..<min(start + partSize, byteCount)
    }
}
