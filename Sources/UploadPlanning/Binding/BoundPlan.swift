import MarkedYAML
public import RunOutputs

/// A plan with the values of one run: every path and every destination is known, nothing of the disk is.
public struct BoundPlan: Hashable, Sendable {
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
            case .directory(let selection): request.add(selection.directory, picking: nil)
            case .archive(_, _, let members):
                // What else is there matters only where all of a directory is claimed: see leftovers.
                request.add(
                    members.directory, picking: members.include.isEmpty ? nil : Set(members.include.map(\.glob)))
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

/// What a plan says about its uploads, with the destinations of one run.
struct BoundSummary: Hashable, Sendable {
    /// Where a link leads.
    struct Place: Hashable, Sendable {
        var location: OutputLocation
        var kind: OutputTerm.Kind
    }

    /// One entry of the job's summary.
    enum Entry: Hashable, Sendable {
        case link(title: Template, to: Place, isServerPage: Bool)
        case markdown(Template)
        /// Markdown for each page of a rule.
        case pages(SummaryPages)
    }

    struct Output: Hashable, Sendable {
        enum Value: Hashable, Sendable {
            case location(Place)
            case text(Template, ifStored: [String])
        }

        var name: Marked<String>
        /// The first that can be given counts.
        var values: [Value]
    }

    var entries: [Entry]
    var outputs: [Output]
}

extension PlanBinder {
    /// Computes where links and outputs lead; a value that cannot be part of a key is reported and its entry dropped.
    mutating func summary() -> BoundSummary {
        BoundSummary(entries: plan.summary.compactMap { entry($0) }, outputs: plan.outputs.map { output($0) })
    }

    private mutating func place(_ destination: Destination) -> BoundSummary.Place? {
        location(destination, fileName: nil).map { .init(location: $0, kind: destination.term.value.kind) }
    }

    private mutating func entry(_ entry: SummaryEntry) -> BoundSummary.Entry? {
        switch entry {
        case .link(let link):
            link.conditions.unmet(by: values) != nil
                ? nil
                : place(link.destination).map { .link(title: link.title, to: $0, isServerPage: link.isServerPage) }
        case .markdown(let text): .markdown(text)
        case .pages(let pages): .pages(pages)
        }
    }

    private mutating func output(_ output: PlanOutput) -> BoundSummary.Output {
        BoundSummary.Output(name: output.name, values: output.values.compactMap { value($0) })
    }

    private mutating func value(_ value: PlanOutput.Value) -> BoundSummary.Output.Value? {
        switch value {
        case .location(let destination): place(destination).map { .location($0) }
        case .text(let text, let rules): .text(text, ifStored: rules.map(\.value))
        }
    }
}
