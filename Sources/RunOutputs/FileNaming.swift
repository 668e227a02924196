/// How the file names of a kind of outputs are read: `${name}_${component}_${target_family}.tar.{zst,xz}`.
///
/// What comes between two parts is in no part, or in one that the layout names, so a file name is read in one way only.
public struct FileNaming: Hashable, Sendable {
    /// What the naming is called.
    public let name: String
    /// The pattern as it was written.
    public let pattern: String
    /// The names of the parts, in the order of the pattern.
    public let parts: [String]
    /// What comes before, between and after the parts: one text more than parts.
    public let texts: [String]
    /// The endings, the preferred one first; one empty ending where there is no choice.
    public let endings: [String]
    /// What the name of a checksum file has behind the name of the file that it is about.
    public let checksumSuffix: String?
    /// The part that may hold what comes between parts, such as `x86_64` in `${name}_${version}_${target}`.
    public let partWithSeparators: String?
    /// The part by which components are selected.
    public let componentPart: String?
    /// The part by which families are selected.
    public let familyPart: String?
    /// The family of what is for every family.
    public let forAllFamilies: String?

    /// Reads a pattern; `nil` if it is none.
    ///
    /// - Parameters:
    ///   - name: What the naming is called.
    ///   - pattern: Parts as `${name}`, texts between them, and perhaps a choice of endings, `{zst,xz}`.
    ///   - checksum: `${file}` and what follows it.
    ///   - separatorsIn: The part that may hold what comes between parts.
    ///   - component: The part by which components are selected.
    ///   - family: The part by which families are selected.
    ///   - forAllFamilies: The family of what is for every family.
    public init?(
        name: String, pattern: String, checksum: String? = nil, separatorsIn: String? = nil, component: String? = nil,
        family: String? = nil, forAllFamilies: String? = nil
    ) {
        var rest = Substring(pattern)
        var endings = [""]
        if rest.hasSuffix("}"), let open = rest.lastIndex(of: "{"), rest[..<open].last != "$" {
            endings = rest[rest.index(after: open)...].dropLast().split(
                separator: ",", omittingEmptySubsequences: false
            ).map(String.init)
            rest = rest[..<open]
        }
        guard !rest.contains("/") else { return nil }
        var (parts, texts) = ([String](), [""])
        for piece in LayoutTemplate(String(rest)).segments.joined() {
            switch piece {
            case .text(let text): texts[texts.count - 1] = text
            case .argument(let part):
                parts.append(part)
                texts.append("")
            }
        }
        // Two parts with nothing between them could be cut anywhere.
        guard !parts.isEmpty, Set(parts).count == parts.count, Set(endings).count == endings.count,
            texts.dropFirst().dropLast().allSatisfy({ !$0.isEmpty }), !texts.contains(where: { $0.contains("{") })
        else { return nil }
        let suffix = checksum.map { $0.hasPrefix("${file}") ? String($0.dropFirst("${file}".count)) : "" }
        guard suffix != "" else { return nil }
        for part in [separatorsIn, component, family].compactMap(\.self) where !parts.contains(part) { return nil }
        self.name = name
        self.pattern = pattern
        self.parts = parts
        self.texts = texts
        self.endings = endings
        checksumSuffix = suffix
        partWithSeparators = separatorsIn
        componentPart = component
        familyPart = family
        self.forAllFamilies = forAllFamilies
    }

    /// Reads a file name.
    ///
    /// - Parameter filename: The name without directories.
    /// - Returns: The values of the parts and the ending; `nil` for other names.
    func read(_ filename: String) -> (values: [String], ending: Int)? {
        let bytes = Array(filename.utf8)
        for (index, ending) in endings.enumerated() {
            let suffix = Array(((texts.last ?? "") + ending).utf8)
            let prefix = Array(texts[0].utf8)
            guard bytes.count > suffix.count + prefix.count, bytes.starts(with: prefix),
                bytes.suffix(suffix.count).elementsEqual(suffix)
            else { continue }
            guard let values = cut(bytes[prefix.count..<bytes.count - suffix.count]) else { continue }
            return (values, index)
        }
        return nil
    }

    /// Cuts a stem at the texts between the parts: from the left up to the part that may hold them, and then from the
    /// right.
    private func cut(_ stem: ArraySlice<UInt8>) -> [String]? {
        guard !stem.contains(UInt8(ascii: "/")) else { return nil }
        let between = texts.dropFirst().dropLast().map { Array($0.utf8) }
        let open = partWithSeparators.flatMap { parts.firstIndex(of: $0) } ?? parts.count - 1
        var (left, right): ([ArraySlice<UInt8>], [ArraySlice<UInt8>]) = ([], [])
        var rest = stem
        for text in between[..<open] {
            guard let found = rest.firstRange(of: text) else { return nil }
            left.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        for text in between[open...].reversed() {
            guard let found = rest.lastRange(of: text) else { return nil }
            right.append(rest[found.upperBound...])
            rest = rest[..<found.lowerBound]
        }
        let values = left + [rest] + right.reversed()
        let isOneWay = zip(parts, values).allSatisfy { part, value in
            !value.isEmpty && (part == partWithSeparators || !between.contains { value.firstRange(of: $0) != nil })
        }
        return isOneWay ? values.map { String(decoding: $0, as: UTF8.self) } : nil
    }
}

extension ArraySlice<UInt8> {
    /// The last place where a text lies.
    fileprivate func lastRange(of text: [UInt8]) -> Range<Int>? {
        guard text.count <= count else { return nil }
        for start in (startIndex...endIndex - text.count).reversed() where self[start...].starts(with: text) {
            return start..<start + text.count
        }
        return nil
    }
}
