import MarkedYAML
import RunOutputs

extension [BoundPlan] {
    /// Writes what the plans say about their uploads.
    ///
    /// A link is written only if its object is there, a text only if every rule that it speaks of stored something, and
    /// an output likewise. A directory is there if an object is below it; the link is then to the directory itself,
    /// which tools take as a base. S3 shows no directories, so plans for people link to an index page.
    ///
    /// - Parameters:
    ///   - stored: What became of the uploads of all plans.
    ///   - links: How objects are named.
    /// - Returns: The summary and the outputs, and what was left out with the reason.
    public func summary(of stored: StoredObjects, _ links: ObjectLinks = .aws) -> RunSummary {
        var renderer = SummaryRenderer(stored: stored, links: links)
        for plan in self { renderer.add(plan) }
        return renderer.result()
    }
}

/// Renders summaries and outputs plan by plan.
struct SummaryRenderer {
    /// An output, and where it stands.
    struct PlacedOutput {
        var output: RunSummary.Output
        var place: String
    }

    /// A reason to leave something out, thrown past what would have been rendered.
    struct LeftOut: Error {
        var reason: RunSummary.Omission.Reason
    }

    let stored: StoredObjects
    let links: ObjectLinks
    private var summary = RunSummary()
    private var outputs: [PlacedOutput] = []

    init(stored: StoredObjects, links: ObjectLinks) {
        self.stored = stored
        self.links = links
    }

    mutating func add(_ plan: BoundPlan) {
        for entry in plan.summary.entries {
            do throws(LeftOut) {
                summary.entries.append(try text(entry, plan))
            } catch {
                omit(entry.subject, at: plan.place(entry.range), error.reason)
            }
        }
        for output in plan.summary.outputs {
            let place = plan.place(output.name.range)
            do throws(LeftOut) {
                let value = try text(output.values, plan)
                outputs.append(PlacedOutput(output: .init(name: output.name.value, value: value), place: place))
            } catch {
                omit("output '\(output.name.value)'", at: place, error.reason)
            }
        }
    }

    /// Of outputs with one name the last one counts, as it would for GitHub; the others are told of.
    consuming func result() -> RunSummary {
        for (index, entry) in outputs.enumerated() {
            if let later = outputs[(index + 1)...].last(where: { $0.output.name == entry.output.name }) {
                omit("output '\(entry.output.name)'", at: entry.place, .replaced(by: later.place))
            } else {
                summary.outputs.append(entry.output)
            }
        }
        return summary
    }

    private mutating func omit(_ subject: String, at place: String, _ reason: RunSummary.Omission.Reason) {
        summary.omissions.append(.init(place: place, subject: subject, reason: reason))
    }

    private func text(_ entry: BoundSummary.Entry, _ plan: BoundPlan) throws(LeftOut) -> String {
        switch entry {
        case .link(let title, let place, let isServerPage):
            let title = try text(title, plan)
            let url = isServerPage ? try serverPage(place) : try url(place)
            return "[\(title.escapedForMarkdown)](\(url))"
        case .markdown(let template): return try text(template, plan)
        case .pages(let pages): return try text(pages, plan)
        }
    }

    /// The first of several values that can be given; why the last one cannot is the reason for all.
    private func text(_ values: [BoundSummary.Output.Value], _ plan: BoundPlan) throws(LeftOut) -> String {
        for value in values.dropLast() {
            if let text = try? text(value, plan) { return text }
        }
        guard let last = values.last else { return "" }
        return try text(last, plan)
    }

    private func text(_ value: BoundSummary.Output.Value, _ plan: BoundPlan) throws(LeftOut) -> String {
        switch value {
        case .location(let place): return try url(place)
        case .text(let template, let rules):
            if let rule = rules.first, !rules.contains(where: { stores($0, plan) }) {
                throw LeftOut(reason: .ruleStoredNothing(rule))
            }
            return try text(template, plan)
        }
    }

    private func stores(_ rule: String, _ plan: BoundPlan) -> Bool {
        !stored.locations(ofRule: rule, inPlan: plan.plan.file).isEmpty
    }

    /// A text for each page of a rule, line by line.
    private func text(_ pages: SummaryPages, _ plan: BoundPlan) throws(LeftOut) -> String {
        let rule = pages.rule.value
        let locations = stored.locations(ofRule: rule, inPlan: plan.plan.file).sorted()
        guard !locations.isEmpty else { throw LeftOut(reason: .ruleStoredNothing(rule)) }
        let root = plan.rules.first { $0.rule.name.value == rule }?.destination.key.text ?? ""
        var texts: [String] = []
        if let heading = pages.heading { texts.append(try text(heading, plan)) }
        for page in locations { texts.append(try text(pages.markdown, plan, page: page, below: root)) }
        return texts.joined(separator: "\n")
    }

    /// The URL of a page that the server makes of what is below the page's directory: it does so for a bucket, and if
    /// something is there.
    private func serverPage(_ place: BoundSummary.Place) throws(LeftOut) -> String {
        guard links.areInBucket else { throw LeftOut(reason: .noServer) }
        let directory = OutputLocation(
            bucket: place.location.bucket, key: ExactString(place.location.key.text.directoryPath))
        guard stored.hold(directory, orBelow: true) else { throw LeftOut(reason: .notStored(directory.s3URI)) }
        return links.url(place.location)
    }

    private func url(_ place: BoundSummary.Place) throws(LeftOut) -> String {
        guard stored.hold(place.location, orBelow: place.kind == .directory) else {
            throw LeftOut(reason: .notStored(place.location.s3URI))
        }
        return links.url(place.location)
    }
}

extension BoundPlan {
    fileprivate func place(_ range: SourceRange) -> String { "\(plan.file):\(range.lowerBound.line)" }
}

extension BoundSummary.Entry {
    fileprivate var range: SourceRange {
        switch self {
        case .link(let title, _, _): title.range
        case .markdown(let text): text.range
        case .pages(let pages): pages.markdown.range
        }
    }

    fileprivate var subject: String {
        switch self {
        case .link(let title, _, _): "summary link '\(title.source.value.text)'"
        case .markdown: "summary text"
        case .pages(let pages): "summary text for each page of '\(pages.rule.value)'"
        }
    }
}

extension String {
    /// The text as Markdown that reads like it: a link's title is plain text, and part of it may come from outside.
    fileprivate var escapedForMarkdown: String {
        var escaped = ""
        for scalar in printable.unicodeScalars {
            if "\\`*_[]<&~".unicodeScalars.contains(scalar) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}
