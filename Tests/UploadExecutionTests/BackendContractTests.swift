import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadTestSupport

@Suite("Every backend keeps the contract")
struct BackendContractTests {
    @Test("Local directory", .temporaryDirectory, arguments: BackendContract.Promise.allCases, [false, true])
    func localDirectory(promise: BackendContract.Promise, synchronizes: Bool) async throws {
        let directory = try TemporaryDirectory.url()
        let output = directory.appending(path: "output/bucket").path
        let backend = LocalDirectoryBackend(directory: output, synchronizesToDisk: synchronizes)
        try await BackendContract(backend: backend, scratch: directory.appending(path: "scratch")) { location in
            FileManager.default.contents(atPath: location.localPath(in: output))
                .map { StoredContent(bytes: Array($0), contentType: nil) }
        }.check(promise)
        let names = FileManager.default.enumerator(atPath: output)?.compactMap { $0 as? String } ?? []
        #expect(names.allSatisfy { !$0.hasSuffix(".part") })
    }

    @Test("Memory", .directoryInMemory, arguments: BackendContract.Promise.allCases)
    func memory(promise: BackendContract.Promise) async throws {
        let backend = MemoryBackend()
        try await BackendContract(backend: backend, scratch: TemporaryDirectory.url()) { backend[$0] }.check(promise)
    }

    @Test("Local directory, read back", .temporaryDirectory, arguments: ArtifactContract.Promise.allCases)
    func localDirectoryRead(promise: ArtifactContract.Promise) async throws {
        let directory = try TemporaryDirectory.url()
        try await ArtifactContract(
            backend: LocalDirectoryBackend(directory: directory.appending(path: "store").path),
            root: OutputLocation(bucket: "bucket", key: "1-linux"),
            missing: LocalDirectoryBackend(directory: directory.appending(path: "nowhere").path),
            scratch: directory.appending(path: "scratch")
        ).check(promise)
    }
}
