public import MarkedYAML

/// One entry of the job's summary.
public enum SummaryEntry: Hashable, Sendable {
    /// A link to an uploaded object.
    case link(SummaryLink)
    /// Markdown.
    case markdown(Template)
    /// Markdown for each page that an index rule wrote.
    case pages(SummaryPages)
}

/// A part of the job's summary that repeats for each page of an index rule.
public struct SummaryPages: Hashable, Sendable {
    /// The rule.
    public var rule: Marked<String>
    /// What is written once above, if there is a page.
    public var heading: Template?
    /// What is written for each page.
    public var markdown: Template
}

/// A link in the job's summary.
public struct SummaryLink: Hashable, Sendable {
    /// The text.
    public var title: Template
    /// Where it leads.
    public var destination: Destination
    /// Whether the server makes the page, of what is uploaded below the page's directory.
    public var isServerPage: Bool
    /// All must hold for the link to be written.
    public var conditions: [PlanCondition]
}

/// One output of the job.
public struct PlanOutput: Hashable, Sendable {
    /// What an output holds.
    public enum Value: Hashable, Sendable {
        /// The URL of a location.
        case location(Destination)
        /// A text, given only if one of some rules stored something; without rules it is always given.
        case text(Template, ifStored: [Marked<String>])
    }

    /// The name that later steps read.
    public var name: Marked<String>
    /// What it holds: the first of these whose uploads are there.
    public var values: [Value]
}
