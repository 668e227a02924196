import LocalFiles
import RunOutputs
import SystemPackage
public import UploadPlanning

/// Makes archives with libarchive, in one pass and with memory that does not depend on the size of the files.
///
/// The same names and contents give the same bytes, on every machine with the same compression libraries: members
/// are in the recipe's order and belong to root, their time is 0 (in zip 1980-01-01), and their mode is 0755 where
/// the file's owner may execute it and 0644 otherwise.
public struct LibArchiveMaker: ArchiveMaker {
    public init() {}

    /// Writes an archive.
    ///
    /// - Parameters:
    ///   - recipe: The format and the files. One that is not as it was planned is an error that names it.
    ///   - path: An empty file to write to.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func makeArchive(_ recipe: ArchiveRecipe, at path: String) async throws {
        let level = recipe.level ?? recipe.format.usualLevel
        guard recipe.format.levels.contains(level) else {
            throw StoreError(
                .other, "\(recipe.format.rawValue) has no compression level \(level)", hint: recipe.format.levelAdvice)
        }
        var writer = try ArchiveWriter(recipe.format, level: level, to: open(path))
        let directories = SourceDirectories()
        for member in recipe.members {
            do {
                try await add(member, in: directories, to: &writer)
            } catch let error as StoreError where error.isAboutSource {
                throw StoreError(
                    error.code, "'\(member.file.path.text.escapingControlCharacters)' \(error.message)",
                    hint: error.hint)
            }
        }
        try Task.checkCancellation()
        try writer.finish()
    }

    private func open(_ path: String) throws(StoreError) -> Descriptor {
        do throws(Errno) {
            return try Descriptor.open(path: path, [.writeOnly, .truncate])
        } catch {
            throw StoreError(.other, "the archive cannot be written to '\(path)': \(error)")
        }
    }

    private func add(
        _ member: ArchiveRecipe.Member, in directories: SourceDirectories, to writer: inout ArchiveWriter
    ) async throws {
        let content = try ContentReader(.file(member.file), in: directories)
        try writer.startMember(
            member.name.text, size: member.file.version.size, isExecutable: content.isExecutable)
        try await unsafe content.forEachChunk { try unsafe writer.write($0) }
    }
}

extension StoreError {
    /// Whether it is about a file that is read, which its message leaves unnamed.
    fileprivate var isAboutSource: Bool { code == .unreadableSource || code == .sourceChanged }
}
