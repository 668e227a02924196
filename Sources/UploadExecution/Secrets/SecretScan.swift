import LocalFiles
public import RunOutputs
public import UploadPlanning

/// Looks into files before any of them moves.
public enum SecretScan {
    /// The most bytes of a file that are looked at.
    ///
    /// Credentials stand in small files, and at the start of logs, where the environment is printed.
    static let limit = 256 << 10

    /// Files that begin with a NUL among so many bytes are no text.
    private static let binaryCheck = 8 << 10

    /// Returns why files look like credentials.
    ///
    /// Only text is looked at, and not what cannot be read: that fails its own operation.
    ///
    /// - Parameter files: The files; one that several rules take is looked at once.
    /// - Returns: For each file that looks so the reason, as the end of a sentence, for `Inventory.secrets`.
    public static func secrets(in files: [SourceFile]) async -> [ExactString: String] {
        var seen: Set<ExactString> = []
        let files = files.filter { seen.insert($0.path).inserted }
        return await withTaskGroup(of: [ExactString: String].self) { group in
            for start in stride(from: 0, to: files.count, by: filesPerTask) {
                group.addTask { Self.secrets(in: files[start..<min(start + filesPerTask, files.count)]) }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
    }

    private static let filesPerTask = 1024

    private static func secrets(in files: ArraySlice<SourceFile>) -> [ExactString: String] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 64)
        defer { unsafe buffer.deallocate() }
        var secrets: [ExactString: String] = [:]
        let directories = SourceDirectories()
        for file in files where file.version.size >= TokenPattern.shortestRun {
            let count = unsafe readStart(of: file, in: directories, into: buffer)
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
            let text = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            guard let match = unsafe SecretSearch.match(in: text.span, isGitConfiguration: file.isGitConfiguration)
            else { continue }
            let line = unsafe text[..<match.offset].count { $0 == UInt8(ascii: "\n") } + 1
            secrets[file.path] = "line \(line) holds \(match.what) ('\(match.pattern)')"
        }
        return secrets
    }

    /// Reads what is to be looked at.
    ///
    /// - Returns: How many bytes; 0 if the file is no text, or cannot be read.
    private static func readStart(
        of file: SourceFile, in directories: SourceDirectories, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let descriptor = try? directories.open(file).descriptor else { return 0 }
        let wanted = min(Int(clamping: file.version.size), limit)
        var count = 0
        while count < wanted {
            let next = unsafe UnsafeMutableRawBufferPointer(
                rebasing: buffer[count..<(count == 0 ? min(wanted, 16 << 10) : wanted)])
            guard let read = try? unsafe descriptor.read(into: next), read > 0 else { break }
            if count == 0, unsafe buffer[..<min(read, binaryCheck)].contains(0) { return 0 }
            count += read
        }
        return count
    }
}

extension SourceFile {
    /// Whether Git keeps the settings of a repository or of a submodule in it.
    fileprivate var isGitConfiguration: Bool {
        guard path.text.utf8.suffix(7).elementsEqual("/config".utf8) else { return false }
        return path.text.split(separator: "/").contains(".git")
    }
}
