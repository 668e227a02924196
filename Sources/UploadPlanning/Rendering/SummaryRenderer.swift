import MarkedYAML
import RunOutputs

extension [BoundPlan] {
    /// Writes what the plans say about their uploads.
    ///
    /// A link is written only if its object is there, a text only if every rule that it speaks of stored something, and
    /// an output likewise. A directory is there if an object is below it; the link is then to the directory itself,
    /// which tools take as a base. S3 shows no directories, so plans for people link to an index page.
    ///
    /// - Parameter stored: What became of the uploads of all plans.
    /// - Returns: The summary and the outputs, and what was left out with the reason.
    public func summary(of stored: StoredObjects) -> RunSummary {
        var renderer = SummaryRenderer(stored: stored)
        for plan in self { renderer.add(plan) }
        return renderer.result()
    }
}

/// Renders summaries and outputs plan by plan.
private struct SummaryRenderer {
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
    private var summary = RunSummary()
    private var outputs: [PlacedOutput] = []

    init(stored: StoredObjects) { self.stored = stored }

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
        case .link(let title, let place):
            let title = try text(title, plan)
            return "[\(title.escapedForMarkdown)](\(try url(place)))"
        case .markdown(let template): return try text(template, plan)
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
        case .location(let place): try url(place)
        case .text(let template): try text(template, plan)
        }
    }

    private func url(_ place: BoundSummary.Place) throws(LeftOut) -> String {
        guard stored.hold(place.location, orBelow: place.kind == .directory) else {
            throw LeftOut(reason: .notStored(place.location.s3URI))
        }
        return place.location.httpsURL
    }

    private func text(_ template: Template, _ plan: BoundPlan) throws(LeftOut) -> String {
        var text = ""
        for part in template.parts {
            switch part {
            case .text(let piece): text += piece
            case .reference(let name):
                if let value = plan.values[name.value] {
                    text += value
                } else {
                    text += try property(name.value, plan)
                }
            }
        }
        return text
    }

    /// The value of `rule.url` and its like: that such a rule and property exist was checked with the plan.
    private func property(_ reference: String, _ plan: BoundPlan) throws(LeftOut) -> String {
        let pieces = reference.split(separator: ".").map(String.init)
        guard pieces.count == 2, let rule = plan.rules.first(where: { $0.rule.name.value == pieces[0] }) else {
            return ""
        }
        let objects = stored.locations(ofRule: pieces[0], inPlan: plan.plan.file)
        guard let first = objects.first else { throw LeftOut(reason: .ruleStoredNothing(pieces[0])) }
        let location = rule.rule.makesOneObject ? first : rule.destination
        return switch pieces[1] {
        case "s3_uri": location.s3URI
        case "key": location.key.text
        default: location.httpsURL
        }
    }
}

extension UploadRule {
    /// Whether the rule's URL is that of an object, and not that of the directory its objects are in.
    ///
    /// That depends on the plan alone: were it the number of files found, `${logs.url}/index.html` would be right one
    /// day and wrong the next. A directory rule says it with `expect: {files: 1}`.
    fileprivate var makesOneObject: Bool {
        switch source {
        case .archive: return true
        case .directory, .file, .index: if destination.term.value.kind == .file { return true }
        }
        guard let files = expectation.files?.value else { return false }
        return files.lowerBound == 1 && files.upperBound == 1
    }
}

extension BoundPlan {
    fileprivate func place(_ range: SourceRange) -> String { "\(plan.file):\(range.lowerBound.line)" }
}

extension BoundSummary.Entry {
    fileprivate var range: SourceRange {
        switch self {
        case .link(let title, _): title.range
        case .markdown(let text): text.range
        }
    }

    fileprivate var subject: String {
        switch self {
        case .link(let title, _): "summary link '\(title.source.value.text)'"
        case .markdown: "summary text"
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
