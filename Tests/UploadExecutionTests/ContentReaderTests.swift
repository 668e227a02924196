import Foundation
import Glibc
import LocalFiles
import RunOutputs
import SystemPackage
import Testing
import UploadPlanning
import UploadTestSupport

@testable import UploadExecution

@Suite("Reading what is uploaded")
struct ContentReaderTests {
    /// A full disk, for example, is not the source's fault.
    @Test("A failure to write is not taken for a failure to read", .temporaryDirectory)
    func failureOfTheConsumer() async throws {
        let file = try TestFile.write("hello", to: "source", in: TemporaryDirectory.url())
        let reader = try ContentReader(.file(file), in: SourceDirectories())
        await #expect(throws: Errno.noSpace) { try await unsafe reader.read { _ in throw Errno.noSpace } }
        #expect(StoreError(destination: Errno.noSpace).code == .destination)
        #expect(StoreError(destination: Errno.noSpace).hint != nil)
    }

    @Test("A directory is not a source", .temporaryDirectory)
    func directory() throws {
        let directory = try TemporaryDirectory.url()
        let version = try TestFile.version(of: directory.path)
        let error = #expect(throws: StoreError.self) {
            _ = try ContentReader(
                .file(SourceFile(path: ExactString(directory.path), version: version)), in: SourceDirectories())
        }
        #expect(error?.code == .unreadableSource)
    }
}
