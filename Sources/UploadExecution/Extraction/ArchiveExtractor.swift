import Glibc
import RunOutputs
import UploadPlanning

/// Extracts one artifact archive.
struct ArchiveExtractor {
    /// Where members go.
    enum Layout {
        /// Where their paths say.
        case asIs
        /// Without the directories that the artifact's manifest, its first member, names.
        case flattened
    }

    /// The name of the manifest in an artifact's archive.
    static let manifestName = Array("artifact_manifest.txt".utf8)

    private let layout: Layout
    private let byteLimit: Int64
    private let memberLimit: Int
    private let archive: Descriptor
    private var directory: ExtractionDirectory
    private var bases: [MemberPath] = []
    /// How many members were seen, and how many bytes written.
    private(set) var members = 0
    private(set) var byteCount: Int64 = 0

    /// Opens an archive.
    ///
    /// - Parameters:
    ///   - path: The archive.
    ///   - directory: An empty directory.
    ///   - layout: Where members go.
    ///   - limits: What it may hold.
    /// - Throws: ``UploadError`` if the archive cannot be read.
    init(_ path: String, into directory: String, _ layout: Layout, _ limits: ExtractionLimits) throws(UploadError) {
        self.layout = layout
        memberLimit = limits.members
        do throws(SystemError) {
            let file = try Descriptor.open(path: path, O_RDONLY)
            byteLimit = limits.bytes(ofArchive: try file.status().version.size)
            self.directory = try ExtractionDirectory(directory)
            archive = file
        } catch {
            throw UploadError(destination: error)
        }
    }

    /// Extracts everything, giving way to other tasks in between.
    ///
    /// - Throws: ``UploadError`` for an archive that is broken or not safe, and for a disk that is full;
    ///   `CancellationError`. Members before that are extracted.
    mutating func run() async throws {
        var reader = try ArchiveReader(archive)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { unsafe buffer.deallocate() }
        if layout == .flattened { bases = try unsafe Self.manifest(&reader, buffer) }
        while let member = try reader.next() {
            members += 1
            guard members <= memberLimit else { throw Self.tooMuch("more than \(memberLimit) members") }
            if members % 64 == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            guard let path = try place(of: member.path, isDirectory: member.isDirectory) else { continue }
            try await unsafe extract(member, to: path, &reader, buffer)
        }
    }

    private mutating func extract(
        _ member: ArchiveReader.Member, to path: MemberPath, _ reader: inout ArchiveReader,
        _ buffer: UnsafeMutableRawBufferPointer
    ) async throws {
        do {
            switch member.kind {
            case .directory: try directory.makeDirectory(path)
            case .file: try await unsafe writeFile(member, to: path, &reader, buffer)
            case .symlink(let target):
                try path.checkSymlink(to: target)
                try directory.makeSymlink(path, to: target)
            case .hardLink(let target):
                guard let target = try place(of: target, isDirectory: false) else {
                    throw UploadError.refused("the hard link '\(path.text)' to", target)
                }
                try directory.makeLink(path, to: target)
            case .special: throw UploadError.refused("a device, pipe or socket,", member.path)
            }
        } catch let error as SystemError {
            throw UploadError(member: path, error)
        }
    }

    private mutating func writeFile(
        _ member: ArchiveReader.Member, to path: MemberPath, _ reader: inout ArchiveReader,
        _ buffer: UnsafeMutableRawBufferPointer
    ) async throws {
        let file = try directory.makeFile(path, permissions: member.permissions)
        while true {
            let count = try unsafe reader.read(into: buffer)
            if count == 0 { break }
            byteCount += Int64(count)
            guard byteCount <= byteLimit else { throw Self.tooMuch("more than \(byteLimit) bytes") }
            try unsafe file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if count == buffer.count {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        if let modified = member.modified { try file.setModified(modified) }
    }

    private static func tooMuch(_ what: String) -> UploadError {
        UploadError(
            .damaged, "the archive holds \(what), which is taken for an attack",
            hint: "if it is none, fetch it with --no-extract and extract it by hand")
    }
}

// MARK: - Flattening

extension ArchiveExtractor {
    /// Where a member goes, or `nil` if it stands for nothing in this layout.
    private func place(of path: [UInt8], isDirectory: Bool) throws(UploadError) -> MemberPath? {
        let path = try MemberPath(path)
        guard layout == .flattened else { return path.names.isEmpty ? nil : path }
        for base in bases {
            guard let rest = path.below(base) else { continue }
            return rest.names.isEmpty ? nil : rest
        }
        // A directory above those that the manifest names.
        if isDirectory { return nil }
        throw UploadError(
            .damaged, "'\(path.text.escapingControlCharacters)' is in no directory that the artifact's manifest names",
            hint: "leave out --flatten")
    }

    /// Reads the manifest, which is the first member: one directory to a line, the deepest come first here.
    private static func manifest(
        _ reader: inout ArchiveReader, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(UploadError) -> [MemberPath] {
        guard let member = try reader.next(), case .file = member.kind, member.path == manifestName else {
            throw UploadError(
                .damaged, "the archive does not start with artifact_manifest.txt, which --flatten needs",
                hint: "leave out --flatten")
        }
        var text: [UInt8] = []
        while true {
            let count = try unsafe reader.read(into: buffer)
            if count == 0 { break }
            unsafe text.append(contentsOf: buffer[..<count])
            guard text.count <= 1 << 20 else { throw tooMuch("a manifest of more than a megabyte") }
        }
        var bases: [MemberPath] = []
        for line in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            bases.append(try MemberPath(Array(line)))
        }
        return bases.sorted { $0.names.count > $1.names.count }
    }
}

extension ArchiveReader.Member {
    var isDirectory: Bool { if case .directory = kind { true } else { false } }
}

extension UploadError {
    /// Says why a member cannot be written.
    fileprivate init(member path: MemberPath, _ error: SystemError) {
        let isInTheWay = [ENOTDIR, ELOOP, EISDIR, EPERM, ENOENT, EEXIST, ENOTEMPTY].contains(error.code)
        self.init(destination: error)
        message = "'\(path.text.escapingControlCharacters)' \(message)"
        guard isInTheWay else { return }
        code = .damaged
        message += ", since it contradicts another member of the archive"
        hint = nil
    }
}
