import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// Prints the objects of a listing while it is read.
struct ListingPrinter {
    private let format: ListCommand.Format
    private let place: ListCommand.Place
    private let readable: ReadableRun
    private let output: Output
    /// How many objects were printed.
    private(set) var count = 0
    /// What was asked for in vain, one line each.
    private(set) var unmatched: [String] = []
    /// The objects that receipts name, where those are asked instead of the store.
    private var named: [StoredObject]?
    private var byteCount: Int64 = 0
    private var buffer = ""

    init(_ format: ListCommand.Format, _ place: ListCommand.Place, _ readable: ReadableRun, _ output: Output) {
        self.format = format
        self.place = place
        self.readable = readable
        self.output = output
    }

    /// Reads the receipts of the run, which are printed instead of the store's listing.
    ///
    /// - Parameter concurrency: How many are read at once.
    /// - Throws: Why they cannot be read, or that there are none.
    mutating func readReceipts(concurrency: Int) async throws {
        let listing = try await readable.backend.receiptListing(of: readable.root)
        let receipts = try await readable.backend.receipts(listing, of: readable.root, concurrency: concurrency)
        guard !receipts.receipts.isEmpty else { throw StoreError(.notFound, "the run holds no receipts") }
        let places = place.locations.map { (key: $0.key, directory: $0.key.text + "/") }
        var objects: [StoredObject] = []
        receipts.forEachStored(in: readable.root.bucket) { object in
            let key = object.location.key
            let isThere = places.contains { key == $0.key || key.text.utf8.starts(with: $0.directory.utf8) }
            if isThere { objects.append(object) }
            return true
        }
        named = objects
    }

    /// Reads the listing and prints it.
    ///
    /// - Throws: What the store throws; what came before is printed.
    mutating func printAll() async throws {
        defer { flush() }
        if let named, place.artifacts == nil {
            for object in named { add(object) }
        } else if place.isFile {
            for location in place.locations {
                if let object = try await readable.backend.head(location) { add(object) }
            }
        } else if let selection = place.artifacts {
            try await printArtifacts(selection)
        } else {
            for location in place.locations {
                for try await entry in readable.backend.list(location, .everything) {
                    if output.isLost { break }
                    if case .object(let object) = entry { add(object) }
                }
            }
        }
        if format == .table, count > 0 { buffer += "\(count.counted("object")), \(byteCount.byteText)\n" }
    }

    private mutating func printArtifacts(_ selection: ArtifactSelection) async throws {
        let objects: [StoredObject]
        if let named {
            objects = named.filter { readable.root.mayBeArtifact($0.location.key) }
        } else {
            objects = try await readable.artifactObjects()
        }
        let keys = Set(objects.map(\.location.key))
        let layout = readable.root.layout
        let artifacts = objects.compactMap { object in
            ArtifactName(filename: object.location.name, layout.artifactNaming).map { (object: object, name: $0) }
        }
        for (object, name) in artifacts where selection.isForFamilies(name, layout.families) {
            let sidecar = name.naming.checksumSuffix.map { ExactString(object.location.key.text + $0) }
            add(object, name, hasSidecar: sidecar.map { keys.contains($0) })
        }
        if !artifacts.isEmpty { unmatched = selection.unmatchedFamilies(among: artifacts.map(\.name), layout.families) }
    }

    private mutating func add(_ object: StoredObject, _ name: ArtifactName? = nil, hasSidecar: Bool? = nil) {
        count += 1
        byteCount += object.size
        switch format {
        case .table:
            let note = hasSidecar == false ? "  (no checksum file)" : ""
            let path = object.location.key.text.relativePath(from: readable.root.prefix)
            let size = object.size.byteText
            let padding = String(repeating: " ", count: max(0, 10 - size.count))
            buffer += "\(padding)\(size)  \(object.modifiedText ?? "-")  \(path.printable)\(note)\n"
        case .json: buffer += json(object, name, hasSidecar: hasSidecar).text + "\n"
        case .urls: buffer += url(object) + "\n"
        }
        if buffer.utf8.count > 32 << 10 { flush() }
    }

    private func url(_ object: StoredObject) -> String {
        switch readable.storage {
        case .directory(let backend): object.location.localPath(in: backend.displayName)
        case .s3(let backend): backend.configuration.url(of: object.location)
        }
    }

    private func json(_ object: StoredObject, _ name: ArtifactName?, hasSidecar: Bool?) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("bucket", .string(object.location.bucket)), ("key", .string(object.location.key.text)),
            ("size", .integer(object.size)), ("modified", object.modifiedText.map { .string($0) } ?? .null),
            ("etag", object.etag.map { .string($0) } ?? .null), ("url", .string(url(object))),
        ]
        if let sha256 = object.sha256 { members.append(("sha256", .string(sha256))) }
        if let name {
            var parts = zip(name.naming.parts, name.values).map { (name: $0, value: JSONValue.string($1)) }
            parts.append(("compression", .string(name.ending)))
            parts.append(("has_checksum", hasSidecar.map { .flag($0) } ?? .null))
            members.append(("artifact", .object(parts)))
        }
        return .object(members)
    }

    private mutating func flush() {
        if format == .table { output.text(buffer) } else { output.data(buffer) }
        buffer = ""
    }
}

extension ReadableRun {
    /// What to try when there is nothing.
    var adviceIfEmpty: String {
        if case .directory = storage { return "" }
        return "  = help: check --run-id, --platform (\(root.platform.rawValue)) and the bucket; for another run than "
            + "this job's own, pass --lookup-workflow-run\n"
    }
}
