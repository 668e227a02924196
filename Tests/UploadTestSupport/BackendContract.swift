import Crypto
public import Foundation
public import RunOutputs
public import Testing
public import UploadExecution
import UploadPlanning

/// What a backend holds under one key.
public struct StoredContent: Hashable, Sendable {
    public var bytes: [UInt8]
    /// The media type, or `nil` where the backend keeps none.
    public var contentType: String?

    public init(bytes: [UInt8], contentType: String?) {
        self.bytes = bytes
        self.contentType = contentType
    }
}

/// The promises of `UploadBackend`, as tests.
///
/// ```swift
/// @Test("Keeps the contract", .temporaryDirectory, arguments: BackendContract.Promise.allCases)
/// func contract(promise: BackendContract.Promise) async throws {
///     try await BackendContract(backend: …, scratch: TemporaryDirectory.url()) { location in … }.check(promise)
/// }
/// ```
public struct BackendContract: Sendable {
    public enum Promise: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case storesFiles = "stores files and tells their SHA-256"
        case storesBytes = "stores bytes from memory"
        case storesEmptyObjects = "stores empty objects"
        case storesLargeObjects = "stores objects of some megabytes and tells the progress"
        case replaces = "replaces an object"
        case replacesOnlyTheExpected = "replaces one object and no other, where that is asked"
        case identicalCreates = "identical: creates what is missing"
        case identicalAcceptsSameContent = "identical: accepts the same content"
        case identicalRefusesOtherContent = "identical: refuses other content, of the same size too"
        case keeps = "keep: never touches an object"
        case fails = "fail: refuses any object"
        case refusesChangedSize = "refuses a source whose size changed"
        case refusesChangedTime = "refuses a source whose modification time changed"
        case refusesVanishedSource = "refuses a source that vanished"
        case failureKeepsOldObject = "leaves the old object in place when an upload fails"
        case storesOddKeys = "stores odd keys as they are"
        case storesLongKeys = "stores a key of 900 bytes"
        case distinguishesNormalizations = "takes keys by their bytes"
        case storesConcurrently = "stores many objects at the same time"
        case createsOnce = "identical: one of many writers creates the object"
        case cancelledBeforeStart = "stores nothing when cancelled before it starts"
        case cancelledMeanwhile = "stores all or nothing when cancelled while it runs"

        public var testDescription: String { rawValue }
    }

    let backend: any UploadBackend
    let root: OutputLocation
    let scratch: URL
    let read: @Sendable (OutputLocation) async throws -> StoredContent?

    /// Prepares the checks.
    ///
    /// - Parameters:
    ///   - backend: The backend.
    ///   - root: Where objects may be stored: a bucket and a prefix that nothing else uses.
    ///   - scratch: A directory for source files.
    ///   - read: Returns what is stored at a location, or `nil`.
    public init(
        backend: any UploadBackend, root: OutputLocation = OutputLocation(bucket: "bucket", key: "1-linux"),
        scratch: URL, read: @escaping @Sendable (OutputLocation) async throws -> StoredContent?
    ) {
        self.backend = backend
        self.root = root
        self.scratch = scratch
        self.read = read
    }

    /// Checks one promise.
    ///
    /// - Parameter promise: The promise.
    /// - Throws: What the backend throws where it must not.
    public func check(_ promise: Promise) async throws {
        switch promise {
        case .storesFiles: try await storesFiles()
        case .storesBytes: try await storesBytes()
        case .storesEmptyObjects: try await storesEmptyObjects()
        case .storesLargeObjects: try await storesLargeObjects()
        case .replaces: try await replaces()
        case .replacesOnlyTheExpected: try await replacesOnlyTheExpected()
        case .identicalCreates: try await identicalCreates()
        case .identicalAcceptsSameContent: try await identicalAcceptsSameContent()
        case .identicalRefusesOtherContent: try await identicalRefusesOtherContent()
        case .keeps: try await keeps()
        case .fails: try await fails()
        case .refusesChangedSize: try await refusesChange { try TestFile.write("longer", to: $0, in: scratch) }
        case .refusesChangedTime: try await refusesChangedTime()
        case .refusesVanishedSource: try await refusesVanishedSource()
        case .failureKeepsOldObject: try await failureKeepsOldObject()
        case .storesOddKeys: try await storesKeys(Self.oddNames)
        case .storesLongKeys: try await storesKeys([Self.longName])
        case .distinguishesNormalizations: try await storesKeys(["e\u{301}.log", "\u{e9}.log"])
        case .storesConcurrently: try await storesConcurrently()
        case .createsOnce: try await createsOnce()
        case .cancelledBeforeStart: try await cancelledBeforeStart()
        case .cancelledMeanwhile: try await cancelledMeanwhile()
        }
    }

    // MARK: - Steps

    @discardableResult
    func put(
        _ body: UploadBody, at name: String = "object", _ existing: ExistingObjectPolicy = .replace
    ) async throws -> UploadReceipt {
        try await backend.upload(
            UploadRequest(
                body: body, destination: root.appending(name), contentType: "text/x-log", existing: existing),
            progress: { _ in })
    }

    @discardableResult
    func put(
        _ text: String, at name: String = "object", _ existing: ExistingObjectPolicy = .replace
    ) async throws -> UploadReceipt {
        try await put(.bytes(Array(text.utf8)), at: name, existing)
    }

    func text(at name: String = "object") async throws -> String? {
        try await read(root.appending(name)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    func expectRefusal(
        _ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ upload: () async throws -> Void
    ) async {
        let error = await #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try await upload() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    /// Returns the SHA-256 of bytes in lower-case hexadecimal.
    public static func sha256(_ bytes: some DataProtocol) -> String {
        SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }
}
