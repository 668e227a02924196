import RunOutputs
import UploadExecution
import UploadPlanning

struct NoMaker: ArchiveMaker, IndexMaker {
    func makeArchive(_ recipe: ArchiveRecipe, at path: String) async throws {
        throw UploadError(.other, "no archives yet")
    }
    func makeIndex(_ recipe: IndexRecipe, for destination: OutputLocation, listing objects: [IndexedObject])
        async throws -> [UInt8]
    { throw UploadError(.other, "no pages yet") }
}
