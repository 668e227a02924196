import FoundationEssentials
import LocalFiles
import RunOutputs

/// What is known of an artifact that was extracted completely and waits to be put in place.
struct StagingNote: Hashable {
    /// What tells the archive and how it was extracted from all others, in one line.
    var version: String
    /// What the archive was verified by.
    var evidence: DownloadReceipt.Evidence
    /// How many bytes of content were extracted.
    var byteCount: Int64
    /// The links that were left out.
    var skippedLinks: [SkippedLink]
    /// Symlinks that go up behind a name, by their paths: where they lead depends on what else is put in place.
    var undecidedLinks: [MemberPath]
    /// The directories of the artifact that take the place of what is there.
    var bases: [MemberPath] = []

    /// The end of a note: one without it was cut off.
    private static let end = "end\n"
}

extension StagingNote {
    /// A line of the note that is about one link or directory.
    private struct Line: Codable {
        var path: [UInt8]
        var target: String?
        var isBase: Bool?
    }

    /// Reads what ``text`` wrote; `nil` if it was cut off, or is of another start of the system, which may have lost
    /// what was not on the disk yet.
    init?(_ text: String) {
        guard text.hasSuffix("\n" + Self.end) else { return nil }
        let lines = text.dropLast(Self.end.count + 1).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[0] == SystemStart.id, let evidence = Evidence(rawValue: String(lines[1])),
            let byteCount = Int64(lines[2])
        else { return nil }
        self.init(
            version: String(lines[3]), evidence: evidence, byteCount: byteCount, skippedLinks: [], undecidedLinks: [])
        for text in lines.dropFirst(4) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)),
                let path = try? MemberPath(line.path)
            else { return nil }
            if line.isBase == true {
                bases.append(path)
            } else if let target = line.target {
                skippedLinks.append(SkippedLink(path: String(decoding: line.path, as: UTF8.self), target: target))
            } else {
                undecidedLinks.append(path)
            }
        }
    }

    private typealias Evidence = DownloadReceipt.Evidence

    /// The note as a file holds it.
    var text: String {
        let lines =
            skippedLinks.map { Line(path: Array($0.path.utf8), target: $0.target) }
            + undecidedLinks.map { Line(path: $0.bytes, target: nil) }
            + bases.map { Line(path: $0.bytes, target: nil, isBase: true) }
        let links = lines.map { line in
            let data = try? JSONEncoder().encode(line)
            return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "\n"
        }
        let head = "\(SystemStart.id)\n\(evidence.rawValue)\n\(byteCount)\n\(version)\n"
        return head + links.joined() + Self.end
    }
}

/// What tells one start of the system from another.
enum SystemStart {
    /// The kernel's random number; empty where it tells none.
    static let id: String = {
        let bytes = LocalPath.contents(of: "/proc/sys/kernel/random/boot_id") ?? []
        return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }()
}
