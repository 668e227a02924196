/// Takes secrets out of text before it is shown to anybody.
///
/// Values that are known are found wherever they are. What is secret by its form is found too: user and password in
/// URLs, the value of an `Authorization` header, signatures of requests and JSON Web Tokens.
public struct Redactor: Sendable {
    /// What takes the place of a secret.
    public static let mark = "***"
    /// Shorter values would be found in words that have nothing to do with them.
    public static let shortestSecret = 4

    /// The secrets by their first byte, the longest first.
    private var known = [[[UInt8]]](repeating: [], count: 256)
    private var all: Set<[UInt8]> = []
    /// The pairs of bytes with which a secret, or what announces one, can begin.
    private var beginnings = [Bool](repeating: false, count: 1 << 16)

    /// Knows no secret yet.
    public init() {
        for beginning in Self.announcements.map(\.text) + [Self.webToken, Array("://".utf8)] { note(beginning) }
    }

    private mutating func note(_ beginning: [UInt8]) { beginnings[Self.pair(beginning[0], beginning[1])] = true }

    private static func pair(_ first: UInt8, _ second: UInt8) -> Int { Int(first) << 8 | Int(second) }

    /// Takes note of a secret.
    ///
    /// - Parameter secret: The value; one that is shorter than ``shortestSecret`` bytes is ignored.
    public mutating func add(_ secret: String) {
        let bytes = Array(secret.utf8)
        guard bytes.count >= Self.shortestSecret, let first = bytes.first, all.insert(bytes).inserted else { return }
        known[Int(first)].append(bytes)
        known[Int(first)].sort { $0.count > $1.count }
        note(bytes)
    }

    /// Returns text without secrets.
    ///
    /// - Parameter text: Any text, of any length.
    /// - Returns: The text with ``mark`` in the place of each secret.
    public func redacted(_ text: String) -> String {
        var text = text
        let result = text.withUTF8 { bytes in unsafe redacted(UnsafeRawBufferPointer(bytes)) }
        return result.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Copies only if there is something to take out.
    private func redacted(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var result: [UInt8]?
        var copied = 0
        var index = 0
        while index + 1 < bytes.count {
            guard unsafe beginnings[Self.pair(bytes[index], bytes[index + 1])],
                let secret = unsafe secret(in: bytes, at: index)
            else {
                index += 1
                continue
            }
            unsafe result = (result ?? []) + bytes[copied..<secret.lowerBound] + Self.mark.utf8
            copied = secret.upperBound
            index = max(secret.upperBound, index + 1)
        }
        guard let result else { return nil }
        return unsafe result + bytes[copied...]
    }

    /// The secret that begins at a byte, or right behind what announces it there.
    private func secret(in bytes: UnsafeRawBufferPointer, at index: Int) -> Range<Int>? {
        let byte = unsafe bytes[index]
        for secret in known[Int(byte)] where unsafe bytes.holds(secret, at: index) {
            return index..<index + secret.count
        }
        switch byte {
        case UInt8(ascii: ":"): return unsafe bytes.userInfo(at: index)
        case UInt8(ascii: "S"), UInt8(ascii: "B"), UInt8(ascii: "b"), UInt8(ascii: "t"):
            for (announcement, least) in Self.announcements where unsafe bytes.holds(announcement, at: index) {
                let start = index + announcement.count
                let end = unsafe bytes.endOfToken(from: start)
                if end - start >= least, unsafe bytes[start..<end].contains(where: \.isUnlikeWords) {
                    return start..<end
                }
            }
            return nil
        case UInt8(ascii: "e") where unsafe bytes.holds(Self.webToken, at: index):
            let end = unsafe bytes.endOfToken(from: index)
            let dots = unsafe bytes[index..<end].count { $0 == UInt8(ascii: ".") }
            return dots >= 2 ? index..<end : nil
        default: return nil
        }
    }

    /// What comes before a secret, and how long that is at least.
    private static let announcements: [(text: [UInt8], least: Int)] = [
        (Array("Signature=".utf8), 16), (Array("Bearer ".utf8), 8), (Array("bearer ".utf8), 8),
        (Array("Basic ".utf8), 8), (Array("basic ".utf8), 8), (Array("token ".utf8), 20),
    ]

    /// How a JSON Web Token begins: `{"` in base 64.
    private static let webToken = Array("eyJ".utf8)
}

extension UnsafeRawBufferPointer {
    fileprivate func holds(_ text: [UInt8], at index: Int) -> Bool {
        guard index + text.count <= count else { return false }
        for offset in text.indices where unsafe self[index + offset] != text[offset] { return false }
        return true
    }

    /// Where a word of letters, digits and the signs of base 64 ends.
    fileprivate func endOfToken(from start: Int) -> Int {
        var end = start
        while end < count {
            switch unsafe self[end] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "%"):
                end += 1
            default: return end
            }
        }
        return end
    }

    /// User and password behind `://` at a byte, without the `@`.
    fileprivate func userInfo(at index: Int) -> Range<Int>? {
        guard index + 3 < count, unsafe self[index + 1] == UInt8(ascii: "/"),
            unsafe self[index + 2] == UInt8(ascii: "/")
        else { return nil }
        let start = index + 3
        var end = start
        while end < count {
            switch unsafe self[end] {
            case UInt8(ascii: "@"): return end > start ? start..<end : nil
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "'"),
                UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), 0...0x20:
                return nil
            default: end += 1
            }
        }
        return nil
    }
}

extension UInt8 {
    /// Whether the byte is a capital letter, a digit or a sign of base 64: tokens have some, words hardly any.
    fileprivate var isUnlikeWords: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "="): true
        default: false
        }
    }
}
