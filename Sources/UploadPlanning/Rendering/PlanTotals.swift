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
        var uploaded: Set<ExactString> = Set(minimumCapacity: operations.count)
        var archived: Set<ExactString> = []
        for operation in operations {
            totals.bytes += operation.size ?? 0
            switch operation.source {
            case .file(let file): uploaded.insert(file.path)
            case .archive(let recipe):
                archived.formUnion(recipe.members.lazy.map(\.file.path))
                totals.generated += 1
            case .index: totals.generated += 1
            }
        }
        totals.uploadedFiles = uploaded.count
        totals.archivedFiles = archived.subtracting(uploaded).count
        totals.skipped = Set(skipped.map(\.path)).count
        return totals
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
