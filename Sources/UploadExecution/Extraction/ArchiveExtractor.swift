import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// Extracts one artifact archive.
struct ArchiveExtractor {
    /// Where members go.
    enum Layout {
        /// Where their paths say.
        case asIs
        /// Without the directories that the artifact's manifest, its first member, names.
        case flattened
        /// Where their paths say, without the manifest, and with a file `{directory}.prebuilt` beside each directory that
        /// it names.
        case bootstrapped
    }

    /// The name of the manifest in an artifact's archive.
    static let manifestName = Array("artifact_manifest.txt".utf8)

    private let layout: Layout
    private let links: LinkPolicy
    private let byteLimit: Int64
    private let memberLimit: Int
    private let archive: Descriptor
    private var directory: ExtractionDirectory
    /// The directories that the manifest names, the deepest first; none where members go where their paths say.
    private(set) var bases: [MemberPath] = []
    /// How many members were seen, and how many bytes written.
    private(set) var members = 0
    private(set) var byteCount: Int64 = 0
    /// The links that were left out, by their places.
    private(set) var skippedLinks: [MemberPath: SkippedLink] = [:]

    /// Opens an archive.
    ///
    /// - Parameters:
    ///   - path: The archive.
    ///   - directory: An empty directory.
    ///   - layout: Where members go.
    ///   - links: What is done about links that lead out of the directory.
    ///   - limits: What it may hold.
    /// - Throws: ``ExtractionError`` if the archive cannot be read.
    init(
        _ path: String, into directory: String, _ layout: Layout, _ links: LinkPolicy, _ limits: ExtractionLimits
    ) throws(ExtractionError) {
        self.layout = layout
        self.links = links
        memberLimit = limits.members
        do throws(Errno) {
            let file = try Descriptor.open(path: path, .readOnly)
            byteLimit = limits.bytes(ofArchive: try file.status().version.size)
            self.directory = try ExtractionDirectory(directory)
            archive = file
        } catch {
            throw ExtractionError(destination: error)
        }
    }

    /// Extracts everything, giving way to other tasks in between.
    ///
    /// - Throws: ``ExtractionError`` for an archive that is broken or not safe, and for a disk that is full;
    ///   `CancellationError`. Members before that are extracted.
    mutating func run() async throws {
        var reader = try ArchiveReader(archive)
        if layout != .asIs { bases = try manifest(&reader) }
        while let member = try reader.next() {
            members += 1
            guard members <= memberLimit else { throw Self.tooMuch("more than \(memberLimit) members") }
            if members % 64 == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            guard let path = try place(of: member.path, isDirectory: member.isDirectory) else { continue }
            try await extract(member, to: path, &reader)
        }
        // Zeros are an empty archive to tar.
        guard members > 0 || layout != .asIs else {
            throw ExtractionError("the archive holds nothing", hint: "it was damaged before it was published")
        }
        if layout == .bootstrapped { try makeMarkers() }
        try removeLinksThatLeadOut()
    }

    /// Makes the files by which a build knows that directories are there.
    private mutating func makeMarkers() throws(ExtractionError) {
        for base in bases {
            let marker = MemberPath(names: base.names.dropLast() + [Self.marker(of: base)])
            do throws(ConfinementError) {
                _ = try directory.makeFile(marker, permissions: 0o644)
            } catch {
                throw ExtractionError(member: marker, error)
            }
        }
    }

    private static func marker(of base: MemberPath) -> [CChar] {
        (base.names.last ?? [0]).dropLast() + Array(".prebuilt".utf8CString)
    }

    /// Symlinks that go up behind a name of the archive: where they lead is known only when all is extracted.
    var linksThatGoUpLater: [MemberPath] {
        directory.undecidedLinks.map { MemberPath(names: $0.directory + [$0.name]) }
    }

    private mutating func extract(
        _ member: ArchiveReader.Member, to path: MemberPath, _ reader: inout ArchiveReader
    ) async throws {
        skippedLinks[path] = nil
        do {
            switch member.kind {
            case .directory: try directory.makeDirectory(path)
            case .file: try await writeFile(member, to: path, &reader)
            case .symlink(let target):
                if try !directory.makeSymlink(path, to: target) { try leaveOut(path, "symlink", target) }
            case .hardLink(let target): try makeLink(path, to: target)
            case .special: throw ExtractionError.refused("a device, pipe or socket,", member.path)
            }
        } catch let error as ConfinementError {
            throw ExtractionError(member: path, error)
        } catch let error as Errno {
            throw ExtractionError(member: path, .system(error))
        }
    }

    private mutating func writeFile(
        _ member: ArchiveReader.Member, to path: MemberPath, _ reader: inout ArchiveReader
    ) async throws {
        let file = try directory.makeFile(path, permissions: member.permissions)
        let before = byteCount
        var (written, rested) = (Int64(0), Int64(0))
        while true {
            let end = try unsafe reader.nextBlock { bytes, offset in
                let (end, overflows) = offset.addingReportingOverflow(Int64(bytes.count))
                try count(overflows ? .max : max(end, written), after: before)
                try unsafe file.write(bytes, at: offset)
                return end
            }
            guard let end else { break }
            written = max(end, written)
            guard written - rested >= 1 << 20 else { continue }
            rested = written
            try Task.checkCancellation()
            await Task.yield()
        }
        // The zeros at the end of a sparse file are not in the archive.
        if written < member.size {
            try count(member.size, after: before)
            try file.truncate(to: member.size)
        }
        if let modified = member.modified { try file.setModified(modified) }
    }

    private mutating func makeLink(_ path: MemberPath, to target: [UInt8]) throws {
        let first: MemberPath?
        do throws(ExtractionError) {
            first = try place(of: target, isDirectory: false)
        } catch {
            guard links == .skip else { throw error }
            return try leaveOut(path, "hard link", target)
        }
        guard let first else { throw ExtractionError.refused("the hard link '\(path.text)' to", target) }
        if skippedLinks[first] != nil { return try leaveOut(path, "hard link", target) }
        if try !directory.makeLink(path, to: first) { try leaveOut(path, "hard link", target) }
    }

    /// Leaves a link out, unless that is not wanted.
    private mutating func leaveOut(_ path: MemberPath, _ kind: String, _ target: [UInt8]) throws(ExtractionError) {
        guard links == .skip else {
            throw .refused(
                "the \(kind) '\(path.text)' to", target,
                hint: "nothing was extracted; --links skip leaves such links out and extracts the rest")
        }
        skippedLinks[path] = SkippedLink(path: path.text, target: String(escapingInvalidUTF8: target))
    }

    private mutating func removeLinksThatLeadOut() throws(ExtractionError) {
        let removed: [ExtractionDirectory.Link]
        do throws(ConfinementError) {
            removed = try directory.removeLinksThatLeadOut()
        } catch {
            throw ExtractionError(member: MemberPath(names: []), error)
        }
        for link in removed {
            try leaveOut(MemberPath(names: link.directory + [link.name]), "symlink", link.target)
        }
    }

    /// Counts the bytes of one more file, unless that is too much.
    private mutating func count(_ bytes: Int64, after before: Int64) throws(ExtractionError) {
        guard bytes <= byteLimit - before else { throw Self.tooMuch("more than \(byteLimit) bytes") }
        byteCount = before + bytes
    }

    private static func tooMuch(_ what: String) -> ExtractionError {
        ExtractionError(
            "the archive holds \(what), which is taken for an attack",
            hint: "if it is not, fetch it with --no-extract and extract it by hand")
    }
}

// MARK: - Flattening

extension ArchiveExtractor {
    /// Where a member goes, or `nil` if it stands for nothing in this layout.
    private func place(of path: [UInt8], isDirectory: Bool) throws(ExtractionError) -> MemberPath? {
        let path = try MemberPath(path)
        guard layout != .asIs else { return path.names.isEmpty ? nil : path }
        for base in bases {
            guard let rest = path.below(base) else { continue }
            return layout == .bootstrapped ? path : rest.names.isEmpty ? nil : rest
        }
        // A directory above those that the manifest names.
        if isDirectory { return nil }
        throw ExtractionError(
            "'\(path.text.escapingControlCharacters)' is in no directory that the artifact's manifest names",
            hint: "leave out \(layout.flag)")
    }

    /// Reads the manifest, which is the first member: one directory to a line, the deepest come first here.
    private func manifest(_ reader: inout ArchiveReader) throws -> [MemberPath] {
        guard let member = try reader.next(), case .file = member.kind, member.path == Self.manifestName else {
            throw ExtractionError(
                "the archive does not start with artifact_manifest.txt, which \(layout.flag) needs",
                hint: "leave out \(layout.flag)")
        }
        var text: [UInt8] = []
        while try unsafe reader.nextBlock({ bytes, _ in unsafe text.append(contentsOf: bytes) }) != nil {
            guard text.count <= 1 << 20 else { throw Self.tooMuch("a manifest of more than a megabyte") }
        }
        var bases: [MemberPath] = []
        for line in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            bases.append(try MemberPath(Array(line)))
        }
        // The root of the tree takes no place, and has nothing beside it.
        if layout == .bootstrapped { bases.removeAll { $0.names.isEmpty } }
        return bases.sorted { $0.names.count > $1.names.count }
    }
}

extension ArchiveExtractor.Layout {
    /// The flag of the command line that asks for it.
    fileprivate var flag: String { self == .bootstrapped ? "--bootstrap" : "--flatten" }
}

extension ArchiveReader.Member {
    var isDirectory: Bool { if case .directory = kind { true } else { false } }
}

extension ExtractionError {
    /// Says why a member cannot be written.
    fileprivate init(member path: MemberPath, _ error: ConfinementError) {
        guard case .system(let error) = error else {
            self = .refused("members below a symlink, such as", path.bytes)
            return
        }
        let isInTheWay = [
            Errno.notDirectory, .tooManySymbolicLinkLevels, .isDirectory, .notPermitted, .noSuchFileOrDirectory,
            .fileExists, .directoryNotEmpty,
        ].contains(error)
        self.init(destination: error)
        message = "'\(path.text.escapingControlCharacters)' \(message)"
        guard isInTheWay else { return }
        cause = .archive
        message += ", since it contradicts another member of the archive"
        hint = nil
    }
}
