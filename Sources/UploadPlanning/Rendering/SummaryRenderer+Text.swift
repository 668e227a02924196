import MarkedYAML
import RunOutputs

extension SummaryRenderer {
    /// The text with every reference replaced.
    ///
    /// - Parameters:
    ///   - template: The text.
    ///   - plan: The plan that it stands in.
    ///   - page: The page that `page.url` and its like are of.
    ///   - root: What the pages' keys are below.
    /// - Returns: The text.
    /// - Throws: ``LeftOut`` if it speaks of something that was not stored.
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
