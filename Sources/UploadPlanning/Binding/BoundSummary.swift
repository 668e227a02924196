import MarkedYAML
import RunOutputs

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

    /// One output of the job.
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
