extension Int64 {
    /// How many characters ``byteText`` has at most.
    static let widestByteText = "1023 KiB".count

    /// The number of bytes as people read it: `0 B`, `1.4 GiB`.
    public var byteText: String {
        guard self >= 1024 else { return "\(self) B" }
        var unit = 0
        var size = Double(self)
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        size /= 1024
        // 1023.95 KiB would be shown as 1024.0 KiB.
        while size >= 1023.95, unit < units.count - 1 {
            size /= 1024
            unit += 1
        }
        let tenths = Int64((size * 10).rounded())
        return tenths >= 1000 ? "\((tenths + 5) / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}

extension Int {
    /// The number and a noun: `1 file`, `2 files`.
    public func counted(_ noun: String, plural: String? = nil) -> String {
        self == 1 ? "1 \(noun)" : "\(self) \(plural ?? noun + "s")"
    }
}

extension [UInt8] {
    /// Whether the file holds some bytes.
    func holds(_ word: String.UTF8View) -> Bool {
        let (bytes, word) = (self, Array(word))
        guard let first = word.first, bytes.count >= word.count else { return word.isEmpty }
        var start = 0
        while start <= bytes.count - word.count {
            if bytes[start] == first, bytes[start..<(start + word.count)].elementsEqual(word) { return true }
            start += 1
        }
        return false
    }
}
