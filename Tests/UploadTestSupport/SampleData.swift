public import Foundation

extension Data {
    /// Bytes that are the same every time, and no two megabytes of which are equal.
    ///
    /// - Parameters:
    ///   - byteCount: How many.
    ///   - seed: Gives other bytes.
    /// - Returns: A block of a prime length, again and again.
    public static func sample(byteCount: Int, seed: Int = 0) -> Data {
        let block = Data(
            (0..<Swift.min(byteCount, 65_521)).map { UInt8(truncatingIfNeeded: (($0 + seed) * 2_654_435_761) >> 16) })
        var data = Data(capacity: byteCount)
        while data.count < byteCount { data.append(block.prefix(byteCount - data.count)) }
        return data
    }
}
