extension String {
    /// Spells bytes in lower-case hexadecimal.
    init(hexadecimal bytes: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.underestimatedCount)
        digits.appendHexadecimal(bytes)
        self.init(decoding: digits, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends bytes in lower-case hexadecimal.
    mutating func appendHexadecimal(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            append(byte >> 4 < 10 ? UInt8(ascii: "0") + byte >> 4 : UInt8(ascii: "a") - 10 + byte >> 4)
            append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") - 10 + byte & 15)
        }
    }
}
