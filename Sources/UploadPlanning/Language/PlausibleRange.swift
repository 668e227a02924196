/// A range of plausible numbers: of files, or of bytes.
public struct PlausibleRange: Hashable, Sendable {
    /// The least plausible number.
    public var lowerBound: Int64
    /// The greatest plausible number.
    public var upperBound: Int64

    /// Reads `1..200`, `1..`, `..200` or one number.
    init?(counts text: String) {
        self.init(text) { Int64($0) }
    }

    /// Reads `1KiB..8GiB` and the like.
    init?(bytes text: String) {
        self.init(text, number: Self.byteCount)
    }

    private init?(_ text: String, number: (String) -> Int64?) {
        let dots = text.firstRange(of: "..")
        let lower = dots.map { String(text[..<$0.lowerBound]) } ?? text
        let upper = dots.map { String(text[$0.upperBound...]) } ?? text
        guard !(lower.isEmpty && upper.isEmpty) else { return nil }
        guard let least = lower.isEmpty ? 0 : number(lower), let most = upper.isEmpty ? .max : number(upper),
            least >= 0, least <= most
        else { return nil }
        (lowerBound, upperBound) = (least, most)
    }

    /// Whether a number is plausible.
    public func contains(_ number: Int64) -> Bool { (lowerBound...upperBound).contains(number) }

    private static func byteCount(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = [
            "": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
        ]
        let unit = text[digits.endIndex...].drop { $0 == " " }
        guard let number = Int64(digits), let factor = units[String(unit)] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

extension String {
    private func firstRange(of separator: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) { return index..<self.index(index, offsetBy: separator.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
