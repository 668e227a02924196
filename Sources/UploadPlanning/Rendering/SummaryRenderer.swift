import MarkedYAML
import RunOutputs

extension [BoundPlan] {
    /// Writes what the plans say about their uploads.
    ///
    /// A link is written only if its object is there, a text only if every rule that it names stored something, and
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
    /// An output, and where it is.
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

extension SummaryRenderer {
    /// The text with every reference replaced.
    ///
    /// - Parameters:
    ///   - template: The text.
    ///   - plan: The plan that it is in.
    ///   - page: The page that `page.url` and its like are of.
    ///   - root: What the pages' keys are below.
    /// - Returns: The text.
    /// - Throws: ``LeftOut`` if it names something that was not stored.
    func text(
        _ template: Template, _ plan: BoundPlan, page: OutputLocation? = nil, below root: String = ""
    ) throws(LeftOut) -> String {
        var text = ""
        for (index, part) in template.parts.enumerated() {
            switch part {
            case .text(let piece): text += piece
            case .reference(let name):
                if let value = plan.values[name.value] {
                    text += value
                } else if let page, let property = PageProperty(reference: name.value) {
                    text += try value(of: property, page, below: root)
                } else {
                    let rest = template.parts.dropFirst(index + 1).first
                    text += try property(name.value, plan, followedBy: rest)
                }
            }
        }
        return text
    }

    private func value(
        of property: PageProperty, _ page: OutputLocation, below root: String
    ) throws(LeftOut) -> String {
        switch property {
        case .url: links.url(page)
        case .s3URI: try s3URI(page)
        case .key: page.key.text
        case .directory: page.key.text.directoryPath.relativePath(from: root).printable
        }
    }

    private func s3URI(_ location: OutputLocation) throws(LeftOut) -> String {
        guard links.areInBucket else { throw LeftOut(reason: .noBucket) }
        return location.s3URI
    }

    /// The value of `rule.url` and its like: that such a rule and property exist was checked with the plan.
    ///
    /// A server adds pages to a bucket, and nothing does to a directory: there a path behind the URL must be one that was
    /// uploaded.
    private func property(
        _ reference: String, _ plan: BoundPlan, followedBy rest: Template.Part?
    ) throws(LeftOut) -> String {
        let pieces = reference.split(separator: ".").map(String.init)
        guard pieces.count == 2, let rule = plan.rules.first(where: { $0.rule.name.value == pieces[0] }) else {
            return ""
        }
        let objects = stored.locations(ofRule: pieces[0], inPlan: plan.plan.file)
        guard let first = objects.first else { throw LeftOut(reason: .ruleStoredNothing(pieces[0])) }
        let location = rule.rule.makesOneObject ? first : rule.destination
        switch pieces[1] {
        case "s3_uri": return try s3URI(location)
        case "key": return location.key.text
        default: break
        }
        if !links.areInBucket, case .text(let text)? = rest, text.hasPrefix("/") {
            let path = text.dropFirst().prefix { $0.isLetter || $0.isNumber || "/._-".contains($0) }
            let place = location.appending(String(path))
            guard stored.hold(place, orBelow: true) else { throw LeftOut(reason: .notStored(place.key.text)) }
        }
        return links.url(location)
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

/// What plans tell the job about uploads that are done: its summary, its outputs, and what was left out of them.
public struct RunSummary: Hashable, Sendable {
    public struct Output: Hashable, Sendable {
        /// The name that later steps read.
        public var name: String
        /// The value, of one line or of several.
        public var value: String

        /// Joins a name and a value.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The entries of the summary in Markdown, in the order of the plans.
    public var entries: [String]
    /// The outputs, each name once.
    public var outputs: [Output]
    /// What is in the plans and not above.
    public var omissions: [Omission]

    /// Joins entries, outputs and omissions; nothing unless given.
    public init(entries: [String] = [], outputs: [Output] = [], omissions: [Omission] = []) {
        self.entries = entries
        self.outputs = outputs
        self.omissions = omissions
    }

    /// The whole summary: each entry and a blank line.
    public var markdown: String { entries.map(Self.paragraph).joined() }

    /// An entry as it is written: followed by a blank line, so that the next one is a paragraph of its own.
    ///
    /// - Parameter entry: An entry of the summary.
    /// - Returns: The text to append to a summary.
    public static func paragraph(_ entry: String) -> String { entry + "\n\n" }
}

extension RunSummary {
    /// An entry or an output that is not written, and why.
    public struct Omission: Hashable, Sendable, CustomStringConvertible {
        /// Why something is not written.
        public enum Reason: Hashable, Sendable {
            /// There is no such object, and nothing below that place: an S3 URI.
            case notStored(String)
            /// Objects went to a directory, which has no S3 URIs.
            case noBucket
            /// Objects went to a directory, and the page is one that a server makes.
            case noServer
            /// A rule that the text names stored nothing.
            case ruleStoredNothing(String)
            /// A later output has the same name: its plan's file and line.
            case replaced(by: String)
        }

        /// Where the entry is: its plan's file and line.
        public var place: String
        /// What is left out, in words.
        public var subject: String
        /// Why it is left out.
        public var reason: Reason

        /// Where, what and why, in one line.
        public var description: String {
            let explanation =
                switch reason {
                case .notStored(let uri): "nothing was stored at \(uri)"
                case .noBucket: "an output directory has no S3 URIs"
                case .noServer: "the server makes this page, and nothing was uploaded to a bucket"
                case .ruleStoredNothing(let rule): "rule '\(rule)' stored nothing"
                case .replaced(let place): "the output of the same name at \(place) comes later"
                }
            return "\(place): \(subject) is left out: \(explanation)".printable
        }
    }
}
