/// Where one object lives: a bucket and a key in it.
///
/// It joins the two halves of the tool: path computation makes locations, backends write and read them.
public struct OutputLocation: Hashable, Comparable, Sendable {
    public let bucket: String
    /// The key, without a leading slash.
    public let key: ExactString

    /// Joins a bucket and a key.
    public init(bucket: String, key: ExactString) {
        self.bucket = bucket
        self.key = key
    }

    /// `s3://{bucket}/{key}`, the key as it is.
    public var s3URI: String { "s3://\(bucket)/\(key)" }

    /// `https://{bucket}.s3.amazonaws.com/{key}`, the key percent-encoded.
    public var httpsURL: String { "https://\(bucket).s3.amazonaws.com/\(key.text.percentEncodedPath)" }

    /// The file that stands for the object in a local output directory.
    ///
    /// - Parameter directory: The output directory.
    /// - Returns: `{directory}/{key}`: the bucket is not part of it. An empty directory is the current one.
    public func localPath(in directory: String) -> String {
        directory.isEmpty || directory.utf8.last == UInt8(ascii: "/") ? directory + key.text : "\(directory)/\(key)"
    }

    /// Returns the location of a file below this one.
    ///
    /// - Parameter relativePath: The path below this location, with `/` between segments.
    /// - Returns: A location in the same bucket.
    public func appending(_ relativePath: String) -> OutputLocation {
        var path = ""
        path.reserveCapacity(key.text.utf8.count + 1 + relativePath.utf8.count)
        path += key.text
        path += "/"
        path += relativePath
        return OutputLocation(bucket: bucket, key: ExactString(path))
    }

    /// Orders by bucket, then by the bytes of the key.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.bucket == rhs.bucket ? lhs.key < rhs.key : lhs.bucket < rhs.bucket
    }
}

extension String {
    /// The text with every byte percent-encoded that is neither unreserved nor `/`.
    ///
    /// Unreserved are letters, digits, `-`, `.`, `_` and `~`
    /// ([RFC 3986, section 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)). `+` is encoded too: servers and
    /// `pip` read a literal `+` differently.
    public var percentEncodedPath: String {
        guard let first = utf8.firstIndex(where: { !$0.isPlainInPath }) else { return self }
        var encoded = Array(utf8[..<first])
        for byte in utf8[first...] {
            if byte.isPlainInPath {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), (byte >> 4).hexDigit, (byte & 15).hexDigit]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension String {
    /// The key that a listing with `encoding-type=url`, or an inventory, spells so; `nil` if that is not UTF-8.
    ///
    /// AWS writes a blank as `+`, others as `%20`; a plus is `%2B` for all.
    public var percentDecodedKey: String? {
        guard utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.first != UInt8(ascii: "+"),
                    let value = UInt8(Substring(digits), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isPlainInPath: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    fileprivate var hexDigit: UInt8 { self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "A") + self - 10 }
}
