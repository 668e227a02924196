public import RunOutputs
public import UploadPlanning

/// Makes archives while an upload is carried out.
public protocol ArchiveMaker: Sendable {
    /// Writes an archive.
    ///
    /// - Parameters:
    ///   - recipe: The format and the files. One that is not as it was planned is an error.
    ///   - path: An empty file to write to. Who calls removes it.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    func makeArchive(_ recipe: ArchiveRecipe, at path: String) async throws
}

/// Makes index pages while an upload is carried out.
public protocol IndexMaker: Sendable {
    /// Renders a page.
    ///
    /// - Parameters:
    ///   - recipe: The title and the parent link.
    ///   - destination: Where the page goes.
    ///   - objects: What it lists, in this order: the recipe's objects that are really there.
    /// - Returns: The page's bytes.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    func makeIndex(
        _ recipe: IndexRecipe, for destination: OutputLocation, listing objects: [IndexedObject]
    ) async throws -> [UInt8]
}

/// An object that an index page lists.
public struct IndexedObject: Hashable, Sendable {
    public var location: OutputLocation
    /// Its size in bytes; `nil` if an older object was kept.
    public var size: Int64?
    /// The modification time of the file it is a copy of, in nanoseconds since 1970; `nil` where there is none.
    public var modified: Int64?

    public init(location: OutputLocation, size: Int64?, modified: Int64?) {
        self.location = location
        self.size = size
        self.modified = modified
    }
}
