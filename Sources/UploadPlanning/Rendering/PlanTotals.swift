import RunOutputs

/// How many files a plan saw, and what becomes of them.
///
/// Every file that was seen under a source root is counted once: uploaded, archived, skipped or left over.
public struct PlanTotals: Hashable, Sendable {
    /// Objects to upload.
    public var objects = 0
    /// Bytes of objects whose size is known.
    public var bytes: Int64 = 0
    /// Objects that are made when the plan is carried out: archives and pages.
    public var generated = 0
    /// Distinct files that are uploaded as they are.
    public var uploadedFiles = 0
    /// Distinct files that become members of archives only.
    public var archivedFiles = 0
    /// Files that a rule looked at and leaves: symlinks, special and excluded files.
    public var skipped = 0
    /// Files that no rule took.
    public var leftovers = 0

    /// Files that were seen.
    public var seen: Int { uploadedFiles + archivedFiles + skipped + leftovers }
}

extension PlannedUpload {
    /// How many files were seen, and what becomes of them.
    public var totals: PlanTotals {
        var totals = PlanTotals(objects: operations.count, leftovers: leftovers.count)
        var archived: Set<ExactString> = []
        for operation in operations.individual {
            totals.bytes += operation.size ?? 0
            switch operation.source {
            case .file: continue
            case .archive(let recipe): archived.formUnion(recipe.members.lazy.map(\.file.path))
            case .index: break
            }
            totals.generated += 1
        }
        for upload in operations.directories {
            totals.bytes += upload.entries.reduce(0) { $0 + ($1.version.knownSize ?? 0) }
        }
        let uploaded = uploadedPaths(among: archived)
        totals.uploadedFiles = uploaded.count
        totals.archivedFiles = archived.count - uploaded.archived
        totals.skipped = Set(skipped.map(\.path)).count
        return totals
    }
}

extension PlannedUpload {
    /// How many files are uploaded as they are, and how many of them become members of archives as well.
    private func uploadedPaths(among archived: Set<ExactString>) -> (count: Int, archived: Int) {
        let directories = Array(operations.directories)
        let single = Set(
            operations.individual.lazy.compactMap { operation in
                if case .file(let file) = operation.source { file.path } else { nil }
            })
        let isInDirectory = { (path: ExactString) in directories.contains { $0.holds(path) } }
        // One rule takes a file once; only several rules can take the same.
        var count = single.count { !isInDirectory($0) }
        for (index, upload) in directories.enumerated() {
            let earlier = directories[..<index].filter { upload.directory.mayShareFiles(with: $0.directory) }
            count +=
                earlier.isEmpty
                ? upload.entries.count
                : upload.entries.count { entry in
                    let path = upload.directory.path(of: entry)
                    return !earlier.contains { $0.holds(path) }
                }
        }
        return (count, archived.count { single.contains($0) || isInDirectory($0) })
    }
}

extension PlanTotals {
    var json: JSONValue {
        .object([
            ("objects", .integer(Int64(objects))), ("bytes", .integer(bytes)),
            ("generated", .integer(Int64(generated))),
            ("uploaded_files", .integer(Int64(uploadedFiles))), ("archived_files", .integer(Int64(archivedFiles))),
            ("skipped", .integer(Int64(skipped))), ("leftovers", .integer(Int64(leftovers))),
        ])
    }

    /// The totals in one line.
    public var text: String {
        var parts = ["\(objects.counted("object")) to upload, \(bytes.byteText)"]
        if generated > 0 { parts[0] += " and \(generated.counted("generated object"))" }
        if archivedFiles > 0 { parts.append("\(archivedFiles.counted("file")) archived") }
        if skipped > 0 { parts.append("\(skipped) skipped") }
        if leftovers > 0 { parts.append("\(leftovers.counted("leftover"))") }
        return parts.joined(separator: " · ")
    }
}
