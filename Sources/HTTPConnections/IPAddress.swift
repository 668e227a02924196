/// An address of the Internet Protocol, as bytes in the order of the network: 4 or 16.
struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// Reads an address: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`; without brackets and zone.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard let bytes = text.utf8.contains(UInt8(ascii: ":")) ? Self.version6(text) : Self.version4(text) else {
            return nil
        }
        self.bytes = bytes
    }

    /// Whether two addresses of one version begin with the same bits.
    func sharesPrefix(_ length: Int, with other: IPAddress) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        let whole = length / 8
        guard bytes.prefix(whole) == other.bytes.prefix(whole) else { return false }
        guard length % 8 > 0 else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> (8 - length % 8) == 0
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDigit) })
        else { return nil }
        let bytes = parts.compactMap { UInt8($0) }
        return bytes.count == 4 ? bytes : nil
    }

    /// Reads eight groups, of which `::` leaves out one row of zeros (RFC 4291, section 2.2).
    private static func version6(_ text: String) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            let bytes = groups(text[...])
            return bytes?.count == 16 ? bytes : nil
        }
        guard let start = groups(text[..<gap.lowerBound]), let end = groups(text[gap.upperBound...]),
            start.count + end.count < 16
        else { return nil }
        return start + [UInt8](repeating: 0, count: 16 - start.count - end.count) + end
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let last = version4(part) {
                bytes += last
            } else if (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16), part.first != "+" {
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            } else {
                return nil
            }
        }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
}
