import RunOutputs
import UploadExecution
import UploadPlanning

/// A run whose outputs are read, and the store that holds them.
struct ReadableRun {
    var run: ResolvedRun
    var storage: Storage

    /// What a run's outputs are read through.
    var backend: any ArtifactBackend { storage.artifacts }
    /// Where the run's outputs live.
    var root: RunOutputRoot { run.root }

    /// Finds out which run it is and where its outputs are; what is wrong is told to the user.
    ///
    /// - Parameters:
    ///   - command: Says which run it is, and what to read from.
    ///   - context: The process as the command knows it.
    /// - Throws: ``WrongInput``.
    init(of command: some RunCommand & ReadingCommand, _ context: Context) async throws {
        do {
            let isLocal = command.directory(context) != nil
            run = try await ResolvedRun(
                command.request(context), isLocal: isLocal, needsBucket: !isLocal, readsBack: true,
                context: context)
            storage = try command.storage(for: run.selection, context)
        } catch {
            throw WrongInput(error)
        }
    }

    /// The most receipts that are read at once: each is in memory as text.
    static let receiptsAtOnce = 16

    /// Joins a run and its store.
    init(_ run: ResolvedRun, in storage: Storage) {
        self.run = run
        self.storage = storage
    }

    /// Where the outputs are, as people recognise it.
    var place: String {
        switch storage {
        case .directory(let backend): "\(backend.displayName)/\(root.prefix)"
        case .s3: "s3://\(root.bucket)/\(root.prefix)"
        }
    }
}

extension ReadableRun {
    /// Lists the objects among which artifacts are.
    ///
    /// - Returns: What lies in the places that the layout gives to artifacts; nothing if it gives them none.
    /// - Throws: What the store throws.
    func artifactObjects() async throws -> [StoredObject] {
        try await root.artifactObjects(in: backend)
    }
}

extension RunOutputRoot {
    /// Lists the objects among which artifacts are, as ``ReadableRun/artifactObjects()`` does.
    func artifactObjects(in backend: any ArtifactBackend) async throws -> [StoredObject] {
        guard let group = layout.artifacts else { return [] }
        var objects: [StoredObject] = []
        for place in locations(of: group) {
            objects += try await backend.objects(below: place, isFlat(group) ? .oneLevel : .everything)
        }
        return objects
    }

    /// Whether an object lies where artifacts do.
    ///
    /// - Parameter key: The object's key.
    /// - Returns: `false` for what lies elsewhere, or deeper than the layout's artifacts.
    func mayBeArtifact(_ key: ExactString) -> Bool {
        guard let group = layout.artifacts else { return false }
        return locations(of: group).contains { place in
            guard key.text.hasPrefix(place.key.text + "/") else { return false }
            return !isFlat(group) || !key.text.utf8.dropFirst(place.key.text.utf8.count + 1).contains(UInt8(ascii: "/"))
        }
    }

    /// Where artifacts are, or everything is where the layout has no artifacts.
    var artifactLocation: OutputLocation {
        layout.artifacts.flatMap { locations(of: $0).first } ?? location
    }
}
