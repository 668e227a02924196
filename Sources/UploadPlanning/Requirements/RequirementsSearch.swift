public import MarkedYAML
public import RunOutputs

/// Something that a run must hold and does not.
public struct MissingOutput: Hashable, Sendable {
    /// The requirement's name, and where it is.
    public var requirement: Marked<String>
    /// What is missing: a key or a pattern below the run's prefix, or `receipt NAME`.
    public var name: String
    /// What was found instead, in words, where it is not just missing.
    public var detail: String?
    /// The job that should have made it, where the file says so.
    public var job: String?
    /// The whole key, where it is one object that is missing.
    public var key: ExactString?
}

/// Looks, among the keys of a run, for what it must hold: keys are shown one after the other, and none is kept.
public struct RequirementsSearch: Sendable {
    private struct Wanted: Sendable {
        var output: RequiredOutput
        var count: Int64 = 0
        var hasChecksum = false
        /// Of a pattern, the objects without a checksum file so far.
        var unchecked: Set<ExactString> = []
    }

    private let prefix: String
    /// What the name of a checksum file has behind the name of its file.
    private let checksumSuffix: String
    private var wanted: [Wanted]
    /// Where the keys are wanted.
    private var indicesByKey: [ExactString: [Int]] = [:]
    /// Those that need every key to be looked at.
    private var searches: [Int] = []

    /// Starts a search.
    ///
    /// - Parameters:
    ///   - outputs: What the run must hold.
    ///   - root: Where its outputs live.
    public init(_ outputs: [RequiredOutput], in root: RunOutputRoot) {
        prefix = root.prefix + "/"
        checksumSuffix = root.layout.artifactNaming?.checksumSuffix ?? ".sha256sum"
        wanted = outputs.map { Wanted(output: $0) }
        for (index, output) in outputs.enumerated() {
            switch output.content {
            case .key(let key): indicesByKey[key, default: []].append(index)
            case .match, .count: searches.append(index)
            case .receipt: break
            }
        }
    }

    /// Takes note of an object: they come in the order of their keys.
    ///
    /// - Parameter key: The object's key.
    public mutating func see(_ key: ExactString) {
        for index in indicesByKey[key] ?? [] { wanted[index].count += 1 }
        let suffix = checksumSuffix
        let subject = key.text.hasSuffix(suffix) ? ExactString(String(key.text.dropLast(suffix.count))) : nil
        if let subject { for index in indicesByKey[subject] ?? [] { wanted[index].hasChecksum = true } }
        for index in searches {
            switch wanted[index].output.content {
            case .match(let place, let glob, _):
                if let subject, wanted[index].unchecked.remove(subject) != nil { continue }
                guard let path = key.path(below: place), glob.matches(path) else { continue }
                wanted[index].count += 1
                if wanted[index].output.needsChecksum { wanted[index].unchecked.insert(key) }
            case .count(let place, _, _):
                // A page that lists the others is none of them.
                guard let path = key.path(below: place), path != "index.html" else { continue }
                wanted[index].count += 1
            case .key, .receipt: break
            }
        }
    }

    /// What is missing, in the order of the requirements.
    ///
    /// - Parameter receipt: Says why a job's receipt does not count; `nil` if it is there and the job succeeded.
    /// - Returns: Nothing if all is there.
    public func missing(receipt: (String) -> String?) -> [MissingOutput] {
        wanted.flatMap { wanted -> [MissingOutput] in
            func missing(_ name: String, _ detail: String? = nil, key: ExactString? = nil) -> MissingOutput {
                MissingOutput(
                    requirement: wanted.output.requirement, name: name, detail: detail, job: wanted.output.job,
                    key: key)
            }
            let suffix = checksumSuffix
            switch wanted.output.content {
            case .key(let key):
                var all: [MissingOutput] = []
                if wanted.count == 0 { all.append(missing(below(key), key: key)) }
                if wanted.output.needsChecksum, !wanted.hasChecksum {
                    all.append(missing(below(key) + suffix, key: ExactString(key.text + suffix)))
                }
                return all
            case .match(let place, _, let text):
                if wanted.count == 0 { return [missing(below(ExactString("\(place)/\(text)")))] }
                return wanted.unchecked.sorted().map {
                    missing(below($0) + suffix, key: ExactString($0.text + suffix))
                }
            case .count(let place, let range, let text):
                guard !range.contains(wanted.count) else { return [] }
                return [missing(below(place) + "/", "\(text) expected, \(wanted.count) found")]
            case .receipt(let name):
                return receipt(name).map { [missing("receipt \(name)", $0)] } ?? []
            }
        }
    }

    private func below(_ key: ExactString) -> String {
        key.text.hasPrefix(prefix) ? String(key.text.dropFirst(prefix.count)) : key.text
    }
}

extension ExactString {
    /// The path below a key, `nil` if it is not below it.
    fileprivate func path(below place: ExactString) -> ExactString? {
        let start = place.text.utf8.count
        guard text.utf8.count > start + 1, text.utf8.starts(with: place.text.utf8) else { return nil }
        let slash = text.utf8.index(text.utf8.startIndex, offsetBy: start)
        guard text.utf8[slash] == UInt8(ascii: "/") else { return nil }
        return ExactString(String(text[text.utf8.index(after: slash)...]))
    }
}
