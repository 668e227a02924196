/// The name of a bucket as S3 allows it.
///
/// [Bucket naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html): 3 to 63 lower
/// case letters, digits, `-` and `.`, a letter or digit at both ends, no two dots in a row.
public struct BucketName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Checks and wraps a name.
    ///
    /// - Parameter text: The name alone, neither `s3://` before it nor a key behind it.
    /// - Throws: ``InvalidBucketName`` if S3 would not take it.
    public init(_ text: String) throws(InvalidBucketName) {
        guard Self.isLegal(text.utf8) else { throw InvalidBucketName(text: text) }
        self.text = text
    }

    /// The name.
    public var description: String { text }

    private static func isLegal(_ bytes: String.UTF8View) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let dot = UInt8(ascii: ".")
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == dot || $0 == UInt8(ascii: "-") }
            && !zip(bytes, bytes.dropFirst()).contains { $0 == dot && $1 == dot }
    }
}

/// A text that cannot be the name of a bucket.
public struct InvalidBucketName: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Names the text.
    public init(text: String) { self.text = text }

    /// The problem in words.
    public var description: String {
        "'\(text.escapingControlCharacters)' is not a bucket's name; expected 3 to 63 lower case letters, digits, '-' and '.', without 's3://'"
    }
}
