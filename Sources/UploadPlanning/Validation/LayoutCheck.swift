import MarkedYAML
import RunOutputs

/// Checks a layout whose shape is right: names, paths, then what holds for all values.
struct LayoutCheck {
    let root: Node
    let layout: Layout
    var log: DiagnosticLog

    mutating func run() {
        checkArguments()
        checkTerms()
        checkRun()
        checkGroups()
        checkNamings()
        // What cannot be read proves nothing.
        guard !log.hasErrors else { return }
        checkUnusedArguments()
        checkPlaces()
        checkRuns()
        guard !log.hasErrors else { return }
        for test in root["tests"]?.elements ?? [] { check(test: test) }
    }

    var termNames: [String] { layout.terms.map(\.name) }

    /// Legal values can be part of a key, and reserved ones are segments.
    private mutating func checkArguments() {
        let arguments = (root["arguments"]?.pairs ?? []) + (root["run"]?["arguments"]?.pairs ?? [])
        for pair in arguments {
            let isPath = pair.value["kind"]?.text?.value == "path" || pair.value["one_segment"]?.text?.value == "false"
            for value in pair.value["one_of"]?.texts ?? [] { check(value, isPath: isPath) }
            if isPath, let except = pair.value["except"] {
                log.error(
                    .contradictoryField, "`except` has no meaning beside a path of several segments", at: except.range)
            }
            for value in pair.value["except"]?.texts ?? [] { check(value, isPath: false) }
        }
    }

    private mutating func check(_ value: Marked<String>, isPath: Bool) {
        do {
            try isPath ? InvalidPathValue.check(path: value.value) : InvalidPathValue.check(segment: value.value)
        } catch {
            log.error(.illegalArgument, "'\(value.value)' \(error)", at: value.range) {
                $0.help.append(Destination.rulesOfKeys)
            }
        }
    }

    private mutating func checkTerms() {
        let known = layout.arguments.map(\.name)
        for pair in root["terms"]?.pairs ?? [] {
            let places = pair.value.pairs.filter { LayoutShape.places.contains($0.key.value.text) }
            guard let place = places.first else {
                log.error(.oneSourceOnly, "term '\(pair.key.value.text)' has no path", at: pair.key.range) {
                    $0.help.append("give `directory`, or `file` for one object")
                }
                continue
            }
            for other in places.dropFirst() {
                log.error(
                    .oneSourceOnly, "term '\(pair.key.value.text)' is a directory and a file", at: other.key.range
                ) { $0.note("the first path is here", at: place.key.range) }
            }
            guard let path = place.value.text else { continue }
            checkPath(path, known: known, what: "the layout's arguments are")
            checkOptional(pair, path)
            checkNames(in: pair.value, of: path)
            for name in pair.value["inside"]?.texts ?? [] { checkTerm(name, except: pair.key.value.text) }
        }
    }

    /// An argument that may be empty is alone in its segment: otherwise a part of a segment would remain.
    private mutating func checkOptional(_ pair: Node.Pair, _ path: Marked<String>) {
        let optional = Set(
            layout.arguments.filter(\.mayBeEmpty).map(\.name) + (pair.value["may_be_empty"]?.texts ?? []).map(\.value))
        for segment in LayoutTemplate(path.value).segments where segment.count > 1 {
            for case .argument(let name) in segment where optional.contains(name) {
                log.error(
                    .layoutPath, "`\(name)` may be empty, and shares its segment with something else", at: path.range
                ) { $0.help.append("give it a segment of its own: an empty value takes its segment out of the path") }
            }
        }
    }

    private mutating func checkNames(in term: Node, of path: Marked<String>) {
        let known = LayoutTemplate(path.value).arguments
        let names = (term["may_be_empty"]?.texts ?? []) + (term["except"]?.pairs ?? []).map { $0.key.map(\.text) }
        for name in names where !known.contains(name.value) {
            log.unknownWord(
                .layoutReference, "the path does not name '\(name.value)'", word: name.value, at: name.range,
                known: known, none: "it names no argument", listing: "it names")
        }
        for pair in term["except"]?.pairs ?? [] {
            if layout.arguments.first(where: { $0.name == pair.key.value.text })?.kind == .path {
                log.error(
                    .contradictoryField, "`except` has no meaning for a path of several segments", at: pair.key.range)
            }
            for value in pair.value.texts { check(value, isPath: false) }
        }
    }

    mutating func checkTerm(_ name: Marked<String>, except own: String? = nil) {
        if name.value == own {
            log.error(.layoutReference, "'\(name.value)' cannot lie inside itself", at: name.range)
        } else if !termNames.contains(name.value) {
            log.unknownWord(
                .layoutReference, "unknown term '\(name.value)'", word: name.value, at: name.range, known: termNames)
        }
    }

    private mutating func checkGroups() {
        for pair in root["groups"]?.pairs ?? [] {
            for name in pair.value["terms"]?.texts ?? [] { checkTerm(name) }
            let namings = (root["names"]?.pairs ?? []).map(\.key.value.text)
            if let naming = pair.value["names"]?.text, !namings.contains(naming.value) {
                log.unknownWord(
                    .layoutReference, "unknown naming '\(naming.value)'", word: naming.value, at: naming.range,
                    known: namings, none: "the layout has no `names`")
            }
            if termNames.contains(pair.key.value.text),
                layout.group(named: pair.key.value.text)?.terms
                    != [pair.key.value.text]
            {
                log.error(
                    .repeatedEntry, "'\(pair.key.value.text)' is the name of a term and of a group of other terms",
                    at: pair.key.range)
            }
        }
        for pair in root["roles"]?.pairs ?? [] {
            guard let name = pair.value.text else { continue }
            checkTerm(name)
            guard let role = Layout.Role.all.first(where: { $0.name == pair.key.value.text }) else { continue }
            if let term = layout.term(named: name.value), !term.fits(role) {
                log.error(
                    .wrongTermKind,
                    "the role `\(role.name)` needs a \(role.kind.rawValue)"
                        + (role == .artifacts ? "" : " without arguments") + ", and `\(name.value)` is none",
                    at: name.range)
            } else if role == .artifacts, layout.artifacts == nil, !log.hasErrors {
                log.error(.layoutReference, "no group with `names` has the term '\(name.value)'", at: name.range) {
                    $0.help.append("add a group: `artifacts: {terms: [\(name.value)], names: …}`")
                }
            }
        }
    }

    private mutating func checkNamings() {
        for pair in root["names"]?.pairs ?? [] {
            let node = pair.value
            guard !log.hasErrors(in: node.range), let pattern = node["pattern"]?.text else { continue }
            guard let naming = FileNaming(name: "", pattern: pattern.value) else {
                log.error(.fileNaming, "file names cannot be read in one way by '\(pattern.value)'", at: pattern.range)
                {
                    $0.help.append(
                        "write parts as `${part}`, each once, with a text between every two; at the end a choice may stand: `{zst,xz}`"
                    )
                }
                continue
            }
            if let checksum = node["checksum"]?.text,
                FileNaming(name: "", pattern: pattern.value, checksum: checksum.value) == nil
            {
                log.error(.fileNaming, "'\(checksum.value)' is not the name of a checksum file", at: checksum.range) {
                    $0.help.append("write `${file}` and what stands behind it: `${file}.sha256sum`")
                }
            }
            for part in ["separators_in", "component", "family"].compactMap({ node[$0]?.text })
            where !naming.parts.contains(part.value) {
                log.unknownWord(
                    .fileNaming, "the pattern has no part '\(part.value)'", word: part.value, at: part.range,
                    known: naming.parts, listing: "its parts are")
            }
        }
    }

    private mutating func checkUnusedArguments() {
        let used = Set(layout.terms.flatMap(\.template.arguments))
        for pair in root["arguments"]?.pairs ?? [] where !used.contains(pair.key.value.text) {
            log.warning(.unusedParameter, "no term takes the argument '\(pair.key.value.text)'", at: pair.key.range)
        }
        let needed = Set(layout.prefixes.flatMap(\.template.arguments) + [Layout.runID, Layout.platform])
        for pair in root["run"]?["arguments"]?.pairs ?? [] where !needed.contains(pair.key.value.text) {
            log.warning(
                .unusedParameter, "no prefix takes the run argument '\(pair.key.value.text)'", at: pair.key.range)
        }
    }
}

extension OutputTerm {
    /// Whether it can have a role: artifacts are looked for in all places of a term, the others have one.
    fileprivate func fits(_ role: Layout.Role) -> Bool {
        kind == role.kind && (parameters.isEmpty || role == .artifacts)
    }
}
