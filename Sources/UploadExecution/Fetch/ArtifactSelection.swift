public import RunOutputs

/// Which artifacts of a run are wanted.
public struct ArtifactSelection: Hashable, Sendable {
    /// Regular expressions, searched for in the file name: any match keeps an artifact; none keeps all.
    public var include: [String] = []
    /// Regular expressions: any match drops an artifact.
    public var exclude: [String] = []
    /// GPU families, with their targets, and targets whose artifacts are wanted besides the generic ones; empty for all.
    public var families: [String] = []
    /// Whether only generic artifacts are wanted.
    public var isGenericOnly = false
    /// The components that are wanted; empty for all.
    public var components: [String] = []
    /// The components that are not wanted.
    public var excludedComponents: [String] = []

    /// Everything is wanted.
    public init() {}
}

public struct SelectedArtifact: Hashable, Sendable {
    public var name: ArtifactName
    /// The archive.
    public var object: StoredObject
    /// The checksum file beside it, if there is one.
    public var sidecar: StoredObject?

    /// Joins an archive and its checksum file.
    public init(name: ArtifactName, object: StoredObject, sidecar: StoredObject?) {
        self.name = name
        self.object = object
        self.sidecar = sidecar
    }

    /// The name of the checksum file, also of one that is not there.
    var sidecarName: String { name.sidecarFilename ?? "\(name.filename).sha256sum" }
}

extension ArtifactSelection {
    /// What a selection found, and what it asked for in vain.
    public struct Outcome: Hashable, Sendable {
        /// The artifacts in the order of their names.
        public var artifacts: [SelectedArtifact]
        /// What was asked for by name and is not there, one line each.
        public var unmatched: [String]
    }

    /// Picks artifacts from a listing.
    ///
    /// Of archives whose names differ in the ending only, the first ending of the layout is taken.
    ///
    /// - Parameters:
    ///   - objects: The objects among which the artifacts are.
    ///   - layout: How their names are read, and what families mean.
    /// - Returns: The artifacts, and what was asked for in vain.
    /// - Throws: ``StoreError`` for a regular expression that is none.
    public func select(
        from objects: [StoredObject], layout: Layout = .builtIn
    ) throws(StoreError) -> Outcome {
        let all = Self.artifacts(in: objects, layout.artifactNaming)
        let families = layout.families
        let include = try self.include.map { text throws(StoreError) in try FilenameRegex(text) }
        let exclude = try self.exclude.map { text throws(StoreError) in try FilenameRegex(text) }
        let ofFamily = all.filter { isForFamilies($0.name, families) }
        let candidates = ofFamily.filter { artifact in
            (components.isEmpty || components.contains(artifact.name.component ?? ""))
                && !excludedComponents.contains(artifact.name.component ?? "")
                && !exclude.contains { $0.matches(artifact.name.filename) }
        }
        var unmatched = unmatchedFamilies(among: all.map(\.name), families)
        for component in components where !ofFamily.contains(where: { $0.name.component == component }) {
            unmatched.append("no artifact has the component '\(component)'")
        }
        for pattern in include where !candidates.contains(where: { pattern.matches($0.name.filename) }) {
            unmatched.append("no artifact matches '\(pattern.text)'")
        }
        let artifacts = candidates.filter { artifact in
            include.isEmpty || include.contains { $0.matches(artifact.name.filename) }
        }
        return Outcome(artifacts: artifacts, unmatched: unmatched)
    }

    private static func artifacts(in objects: [StoredObject], _ naming: FileNaming?) -> [SelectedArtifact] {
        let byKey = Dictionary(objects.map { ($0.location.key, $0) }) { first, _ in first }
        var byStem: [ExactString: SelectedArtifact] = [:]
        for object in objects {
            guard let last = object.location.key.text.split(separator: "/").last,
                let name = ArtifactName(filename: String(last), naming)
            else { continue }
            let sidecar = name.naming.checksumSuffix.flatMap { byKey[ExactString(object.location.key.text + $0)] }
            let stem = ExactString(name.stem)
            guard byStem[stem].map({ name.endingIndex < $0.name.endingIndex }) ?? true else { continue }
            byStem[stem] = SelectedArtifact(name: name, object: object, sidecar: sidecar)
        }
        return byStem.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Whether an artifact is generic, or for one of the families.
    ///
    /// - Parameters:
    ///   - name: The artifact's name.
    ///   - table: What families mean.
    /// - Returns: Whether it is wanted, as far as families go.
    public func isForFamilies(_ name: ArtifactName, _ table: TargetFamilies) -> Bool {
        if name.isForAllFamilies { return true }
        if isGenericOnly { return false }
        return families.isEmpty || families.contains { table.isArtifact(name, for: $0) }
    }

    /// Tells which families nothing is there for.
    ///
    /// Generic artifacts do not prove that a run has built for a GPU.
    ///
    /// - Parameters:
    ///   - all: The artifacts of a run.
    ///   - table: What families mean.
    /// - Returns: What was asked for in vain, in a line; none if there is something for each family.
    public func unmatchedFamilies(among all: [ArtifactName], _ table: TargetFamilies) -> [String] {
        let missing = isGenericOnly ? [] : table.unmatched(families, among: all)
        if missing.isEmpty { return [] }
        let present = Set(all.map(\.targetFamily)).sorted()
        return [
            "no artifact is for \(missing.joined(separator: " or "))"
                + (present.isEmpty ? "" : "; there are some for \(present.joined(separator: ", "))")
        ]
    }
}

/// A regular expression for file names of artifacts, which may match anywhere in a name.
public struct FilenameRegex {
    /// The expression as it was written.
    public let text: String
    private let regex: Regex<AnyRegexOutput>

    /// Reads an expression.
    ///
    /// - Parameter text: The expression.
    /// - Throws: ``StoreError`` if it is none.
    public init(_ text: String) throws(StoreError) {
        self.text = text
        do {
            regex = try Regex(text)
        } catch {
            throw StoreError(
                .other, "'\(text)' is not a valid regular expression: \(error)",
                hint: "write a literal . as \\. and + as \\+")
        }
    }

    /// Whether a name matches.
    ///
    /// - Parameter filename: The file name.
    /// - Returns: `true` if the expression matches some part of it.
    public func matches(_ filename: String) -> Bool { filename.contains(regex) }
}
