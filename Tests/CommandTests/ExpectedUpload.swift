import Foundation
import RunOutputs
import Testing

/// What our tool is expected to make of a recording: what the original did, changed by the deviations.
struct ExpectedUpload {
    /// One object.
    enum Content {
        /// A copy of a file of the tree.
        case copy(of: ExactString)
        /// An archive or a page, with what it lists where that is known.
        case generated(listing: [String]?)
    }

    var objects: [ExactString: Content] = [:]
    var contentTypes: [ExactString: String] = [:]
    var buckets: Set<String>
    var exitCode: Int32
    var says: [String]
    /// The job's summary and outputs.
    var summary, output: String

    /// Whether the members of an archive are known.
    var listsMembers: Bool {
        objects.contains { key, content in
            guard case .generated(.some) = content else { return false }
            return !key.text.hasSuffix(".html")
        }
    }

    private let prefix: String
    /// Whether text has a charset where it is UTF-8.
    private(set) var hasCharset = false
    private var membersAreRelative = false

    init(_ recording: RecordedUpload, _ deviations: [Deviation]) throws {
        prefix = recording.prefix
        exitCode = recording.exitCode
        says = deviations.compactMap(\.says)
        buckets = Set(recording.objects.compactMap(\.bucket))
        for object in recording.objects {
            let key = ExactString(object.key)
            contentTypes[key] = object.contentType
            if let generated = object.generated {
                objects[key] = .generated(listing: generated.listed)
            } else {
                objects[key] = .copy(of: ExactString(try #require(object.source)))
            }
        }
        summary = recording.summary ?? ""
        output = recording.output ?? ""
        // What holds for all recordings first, so that single ones can say more.
        for deviation in deviations where deviation.cases == ["*"] { apply(deviation, to: recording) }
        for deviation in deviations where deviation.cases != ["*"] { apply(deviation, to: recording) }
        if deviations.contains(where: { $0.refused == true }) {
            (objects, summary, output) = ([:], "", "")
        }
    }

    /// A key below the run's prefix; a path that begins with `!` is a key already.
    private func key(_ path: String) -> ExactString {
        ExactString(path.hasPrefix("!") ? String(path.dropFirst()) : "\(prefix)/\(path)")
    }

    private mutating func apply(_ deviation: Deviation, to recording: RecordedUpload) {
        let name = "deviation \(deviation.id) of \(recording.name)"
        if let code = deviation.exitCode {
            #expect(code != recording.exitCode, "\(name) no longer shows")
            exitCode = code
        }
        for path in deviation.missing ?? [] {
            #expect(objects.removeValue(forKey: key(path)) != nil, "\(name): the original does not write \(path)")
        }
        for (path, source) in deviation.extra ?? [:] {
            let replaced = objects.updateValue(.copy(of: ExactString(source)), forKey: key(path))
            #expect(replaced == nil, "\(name): the original writes \(path) too")
        }
        for path in deviation.extraGenerated ?? [] {
            let replaced = objects.updateValue(.generated(listing: nil), forKey: key(path))
            #expect(replaced == nil, "\(name): the original writes \(path) too")
        }
        for (path, added) in deviation.listedAdds ?? [:] { changeListing(of: path, name) { $0 + added } }
        for (path, removed) in deviation.listedRemoves ?? [:] {
            changeListing(of: path, name) { $0.filter { !removed.contains($0) } }
        }
        for (path, type) in deviation.contentTypes ?? [:] {
            let isEnding = path.hasPrefix(".") || path.hasPrefix("/")
            for (key, old) in contentTypes where isEnding ? key.text.hasSuffix(path) : key == self.key(path) {
                // An ending may be that of other objects too, which the original does give a type.
                #expect(old != type || isEnding, "\(name) no longer shows")
                contentTypes[key] = type
            }
        }
        if let below = deviation.missingBelow {
            objects = objects.filter { !$0.key.text.hasPrefix("\(prefix)/\(below)") }
        }
        if deviation.hasCharset == true { hasCharset = true }
        if deviation.membersAreRelative == true { membersAreRelative = true }
        if let bucket = deviation.bucket {
            #expect(buckets != [bucket], "\(name) no longer shows")
            buckets = [bucket]
        }
        let root = "https://\(buckets.first ?? "").s3.amazonaws.com/\(prefix)"
        if let text = deviation.summary { summary = text }
        if let start = deviation.summaryWithout {
            summary = summary.split(separator: "\n\n").filter { !$0.hasPrefix(start) }.joined(separator: "\n\n")
        }
        if let text = deviation.summaryAdds { summary += text.replacing("{root}", with: root) }
        if let text = deviation.output { output = text.replacing("{root}", with: root) }
        if let line = deviation.outputAdds, !output.isEmpty { output += line + "\n" }
    }
}

extension ExpectedUpload {
    private mutating func changeListing(of path: String, _ name: String, _ change: ([String]) -> [String]) {
        guard case .generated(let listing?) = objects[key(path)] else {
            Issue.record("\(name): the original does not write \(path)")
            return
        }
        let changed = change(listing)
        #expect(changed.count != listing.count, "\(name) no longer shows")
        objects[key(path)] = .generated(listing: changed)
    }

    /// Recorded names of members as ours, where the original names members by a longer path.
    func names(_ recorded: [String], as ours: [String]) -> [String] {
        guard membersAreRelative else { return recorded }
        return recorded.map { name in
            ours.filter { name == $0 || name.hasSuffix("/" + $0) }.max { $0.utf8.count < $1.utf8.count } ?? name
        }
    }
}

extension RecordedUpload.Object.Generated {
    /// The members of the archive, or the links of the page but the one to its parent, as they are before encoding.
    fileprivate var listed: [String]? {
        if let members { return Array(members.keys) }
        return links?.filter { $0 != ".." && !$0.hasPrefix("../../index-") }.map { link in
            let decoded = link.removingPercentEncoding ?? link
            return decoded.hasPrefix("./") ? String(decoded.dropFirst(2)) : decoded
        }
    }
}
