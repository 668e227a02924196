public import Foundation

/// A tar archive that is written byte by byte, with members that no decent program would write.
public struct TarArchive: Sendable {
    /// The bytes so far, without the end.
    private var bytes: [UInt8] = []

    public init() {}

    /// The bytes of the archive.
    public var data: Data { Data(bytes + [UInt8](repeating: 0, count: 1024)) }

    /// What a member is, as ustar spells it.
    public enum Kind: Character, Sendable {
        case file = "0"
        case hardLink = "1"
        case symlink = "2"
        case characterDevice = "3"
        case blockDevice = "4"
        case directory = "5"
        case pipe = "6"
    }

    /// Adds a member.
    ///
    /// - Parameters:
    ///   - name: Its path, of at most 100 bytes.
    ///   - kind: What it is.
    ///   - target: Where a link leads.
    ///   - content: The content of a file.
    ///   - size: The size that the header tells, where it is not that of the content.
    ///   - mode: The permissions.
    public mutating func add(
        _ name: String, _ kind: Kind = .file, target: String = "", content: Data = Data(), size: Int? = nil,
        mode: Int = 0o644
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put(String(mode, radix: 8), at: 100)
        put("0", at: 108)
        put("0", at: 116)
        put(String(size ?? content.count, radix: 8), at: 124)
        put("14000000000", at: 136)
        put("        ", at: 148)
        put(String(kind.rawValue), at: 156)
        put(target, at: 157)
        put("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(String(sum, radix: 8) + "\u{0} ", at: 148)
        bytes += header + content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
}
