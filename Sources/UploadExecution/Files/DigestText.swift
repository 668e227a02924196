import Crypto
package import FoundationEssentials

extension String {
    /// Spells bytes in lower-case hexadecimal.
    package init(hexadecimal bytes: some ContiguousBytes) {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * SHA256.byteCount)
        digits.appendHexadecimal(bytes)
        self.init(decoding: digits, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Reads lower-case hexadecimal digits, two for each byte; `nil` for anything else.
    init?(lowercaseHexadecimal text: String) {
        self = []
        reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        if high != nil { return nil }
    }

    /// Appends bytes in lower-case hexadecimal.
    package mutating func appendHexadecimal(_ bytes: some ContiguousBytes) {
        // Other modules get no copy of this for their kind of sequence: bytes in memory are gone through at once.
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * bytes.count) { digits in
                for index in bytes.indices {
                    let byte = unsafe bytes[index]
                    unsafe digits[2 * index] = (byte >> 4).hexadecimalDigit
                    unsafe digits[2 * index + 1] = (byte & 15).hexadecimalDigit
                }
                unsafe append(contentsOf: digits)
            }
        }
    }
}

extension UInt8 {
    /// The digit for a number below 16.
    fileprivate var hexadecimalDigit: UInt8 { self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "a") - 10 + self }
}

extension Sequence<UInt8> {
    /// The bytes in base 64, with padding.
    package var base64: String { Data(self).base64EncodedString() }
}

extension SHA256 {
    /// Ends the hash.
    ///
    /// - Returns: The digest in lower-case hexadecimal.
    func hexadecimal() -> String { String(hexadecimal: finalize()) }
}

extension Collection<UInt8> {
    /// The SHA-256 of the bytes in lower-case hexadecimal.
    package var sha256: String {
        var hash = SHA256()
        hash.update(data: Array(self))
        return hash.hexadecimal()
    }

    /// The MD5 of the bytes in lower-case hexadecimal: S3's entity tags and manifests have it, and it proves nothing else.
    package var md5: String { String(hexadecimal: Insecure.MD5.hash(data: Array(self))) }
}
