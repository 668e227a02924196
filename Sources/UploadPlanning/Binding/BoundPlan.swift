import MarkedYAML
public import RunOutputs

/// A plan with the values of one run: every path and every destination is known, nothing of the disk is.
public struct BoundPlan: Hashable, Sendable {
    /// The plan.
    public let plan: ValidatedPlan
    /// Where the run's outputs live.
    public let root: RunOutputRoot
    /// The parameters' values, and what is known of the run, by name.
    public let values: [String: String]
    /// Why parameters have a value that was found in the tree, one line for each.
    public let defaultReasons: [String]
    /// The rules, in the order of the plan.
    let rules: [BoundRule]
    /// What is said about the uploads when they are done.
    let summary: BoundSummary
}

/// A rule with the values of one run.
struct BoundRule: Hashable, Sendable {
    var rule: UploadRule
    /// The condition that does not hold, in words.
    var conditionNotMet: String?
    var source: Source
    var destination: OutputLocation
    var properties: ObjectProperties
    var newerThan: ExactString?
    /// Files that may be published although they look like secrets.
    var allowedSecrets: [BoundSelection.Pattern] = []
    /// The rules of the same plan that must select nothing for this one to be carried out, by their place in the plan.
    var ifNothingFrom: [Int] = []

    enum Source: Hashable, Sendable {
        case directory(BoundSelection)
        case file(ExactString)
        case archive(format: ArchiveFormat, level: Int?, members: BoundSelection)
        case index(BoundIndex)
    }
}

/// A selection with the values of one run.
struct BoundSelection: Hashable, Sendable {
    /// A pattern and the text it was read from.
    struct Pattern: Hashable, Sendable {
        var glob: Glob
        var source: Marked<String>
    }

    var directory: InventoryRequest.Directory
    var include: [Pattern]
    var exclude: [Pattern]
}

/// An index page with the values of one run.
struct BoundIndex: Hashable, Sendable {
    /// The listed rules, by their place in the plan.
    var rules: [Int]
    /// The directory of which the objects of the whole run are listed, instead of those of rules.
    var under: OutputLocation?
    var include: [BoundSelection.Pattern]
    var exclude: [BoundSelection.Pattern]
    var parent: OutputLocation?
    var title: String?
    var eachDirectory: Bool
}

extension BoundPlan {
    /// What the plan needs to know of the disk: only what rules use whose conditions hold.
    public var inventoryRequest: InventoryRequest {
        var request = InventoryRequest()
        for rule in rules where rule.conditionNotMet == nil {
            switch rule.source {
            case .directory(let selection), .archive(_, _, let selection):
                request.directories.insert(selection.directory)
            case .file(let path): request.paths.insert(path)
            case .index: break
            }
            if let path = rule.newerThan { request.paths.insert(path) }
        }
        for parameter in plan.parameters where parameter.kind != .string && parameter.mustExist {
            if let value = values[parameter.name.value], !value.isEmpty {
                request.paths.insert(ExactString(value.normalizedPath))
            }
        }
        return request
    }
}
