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
        for operation in operations {
            totals.bytes += operation.size ?? 0
            switch operation.source {
            case .file: continue
            case .archive(let recipe): archived.formUnion(recipe.members.lazy.map(\.file.path))
            case .index: break
            }
            totals.generated += 1
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
        let files = operations.lazy.compactMap { operation -> (rule: Int, path: ExactString)? in
            if case .file(let file) = operation.source { (operation.rule, file.path) } else { nil }
        }
        // One rule takes a file once; only several rules can take the same.
        guard let first = files.first?.rule else { return (0, 0) }
        guard archived.isEmpty, files.allSatisfy({ $0.rule == first }) else {
            let uploaded = Set(files.map(\.path))
            return (uploaded.count, archived.count { uploaded.contains($0) })
        }
        return (files.count { _ in true }, 0)
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
