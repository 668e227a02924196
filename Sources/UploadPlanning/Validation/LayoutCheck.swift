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
                log.error(
                    .fileNaming, "'\(pattern.value)' can read a file name in more than one way", at: pattern.range
                ) {
                    $0.help.append(
                        "write parts as `${part}`, each once, with a text between every two; a choice may come at the end: `{zst,xz}`"
                    )
                }
                continue
            }
            if let checksum = node["checksum"]?.text,
                FileNaming(name: "", pattern: pattern.value, checksum: checksum.value) == nil
            {
                log.error(.fileNaming, "'\(checksum.value)' is not the name of a checksum file", at: checksum.range) {
                    $0.help.append("write `${file}` and what follows it: `${file}.sha256sum`")
                }
            }
            for part in ["separators_in", "component", "family"].compactMap({ node[$0]?.text })
            where !naming.parts.contains(part.value) {
                log.unknownWord(
                    .fileNaming, "the pattern has no part '\(part.value)'", word: part.value, at: part.range,
                    known: naming.parts, listing: "its parts are"
                ) { $0.note("the pattern is here", at: pattern.range) }
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

extension LayoutCheck {
    /// A path is made of segments that stay below the prefix, and names arguments that there are, each once.
    mutating func checkPath(_ path: Marked<String>, known: [String], what: String, isPrefix: Bool = false) {
        let template = LayoutTemplate(path.value)
        if let problem = Self.problem(of: path.value) {
            return log.error(.layoutPath, "the path '\(path.value)' \(problem)", at: path.range) {
                $0.help.append("write segments with single slashes between them, such as `logs/${name}`")
            }
        }
        var seen: Set<String> = []
        for name in template.arguments {
            if !known.contains(name), !(isPrefix && name == Layout.externalPrefix) {
                log.unknownWord(
                    .layoutReference, "unknown argument '\(name)' in a path", word: name, at: path.range, known: known,
                    none: "the layout declares none", listing: what, isReplaceable: false)
            }
            if !seen.insert(name).inserted {
                log.error(.layoutPath, "the path names '\(name)' twice", at: path.range) {
                    $0.help.append("declare a second argument: each stands for a value of its own")
                }
            }
        }
    }

    /// Why a path could leave the prefix, or name a key in two ways; `nil` for good ones.
    private static func problem(of path: String) -> String? {
        guard !path.isEmpty else { return nil }
        for segment in path.split(separator: "/", omittingEmptySubsequences: false) {
            if segment.isEmpty { return "has an empty segment" }
            var texts: [String] = []
            let pieces = LayoutTemplate(String(segment)).segments.joined()
            for case .text(let text) in pieces { texts.append(text) }
            if let text = texts.first(where: { $0.contains("{") || $0.contains("}") || $0.contains("$") }) {
                return "holds '\(text)', which is not a `${name}`"
            }
            // A letter stands for a value: it is neither empty nor a dot, and ends with no blank.
            let sample = pieces.map { if case .text(let text) = $0 { text } else { "x" } }.joined()
            do {
                try InvalidPathValue.check(segment: sample)
            } catch {
                return "has a segment that \(error)"
            }
        }
        return nil
    }

    mutating func checkRun() {
        guard let run = root["run"] else { return }
        let names = (run["arguments"]?.pairs ?? []).map(\.key.value.text)
        if !names.contains(Layout.runID), let arguments = run["arguments"] {
            log.error(.layoutReference, "the run has no argument `\(Layout.runID)`", at: arguments.headRange) {
                $0.help.append("add `\(Layout.runID): {env: GITHUB_RUN_ID, identifies_run: true}`")
            }
        }
        for pair in run["arguments"]?.pairs ?? [] { checkDefault(pair) }
        for path in prefixPaths {
            checkPath(path, known: names, what: "the run's arguments are", isPrefix: true)
            let template = LayoutTemplate(path.value)
            if template.arguments.dropFirst().contains(Layout.externalPrefix)
                || template.arguments.contains(Layout.externalPrefix)
                    && !path.value.hasPrefix("${\(Layout.externalPrefix)}")
            {
                log.error(.layoutPath, "`${\(Layout.externalPrefix)}` must come first", at: path.range)
            }
            if path.value.hasPrefix("${\(Layout.externalPrefix)}/") {
                log.error(.layoutPath, "`${\(Layout.externalPrefix)}` brings its own slash", at: path.range) {
                    $0.help.append("write no slash behind it")
                }
            }
            checkIdentity(of: path)
        }
    }

    /// Where the prefixes are.
    private var prefixPaths: [Marked<String>] {
        guard let prefix = root["run"]?["prefix"] else { return [] }
        return prefix.text.map { [$0] } ?? prefix.elements.compactMap { $0["path"]?.text }
    }

    private mutating func checkDefault(_ pair: Node.Pair) {
        guard let value = pair.value["default"]?.text, let argument = layout.runArgument(named: pair.key.value.text)
        else { return }
        if value.value == Layout.RunArgument.hostDefault {
            if argument.argument.name == Layout.platform { return }
            log.error(.contradictoryField, "only `\(Layout.platform)` has a default of the machine", at: value.range)
            return
        }
        do {
            try argument.argument.check(value.value)
        } catch {
            log.error(.illegalArgument, "the default '\(value.value)' \(error)", at: value.range)
        }
    }

    /// A prefix names something that tells its run from all others.
    private mutating func checkIdentity(of path: Marked<String>) {
        let template = LayoutTemplate(path.value)
        let identifying = layout.runArguments.filter(\.identifiesRun).map(\.argument.name)
        guard !log.hasErrors(in: path.range), !template.arguments.contains(where: identifying.contains) else { return }
        log.error(.runsMeet, "two runs can share a key: the prefix names nothing that tells runs apart", at: path.range)
        {
            $0.help.append(
                identifying.isEmpty
                    ? "say `identifies_run: true` beside the argument that no two runs share, and name it in the prefix"
                    : "name one of \(identifying.map { "${\($0)}" }.joined(separator: ", ")) in the prefix")
        }
    }

    /// No two terms can make one key, nor one a key below another's, unless they say so.
    mutating func checkPlaces() {
        let ranges = Dictionary((root["terms"]?.pairs ?? []).map { ($0.key.value.text, $0.key.range) }) { first, _ in
            first
        }
        for conflict in layout.placeConflicts() {
            guard let range = ranges[conflict.second], let other = ranges[conflict.first] else { continue }
            let what =
                switch conflict.relation {
                case .same: "'\(conflict.first)' and '\(conflict.second)' can be the same place"
                case .secondBelowFirst: "'\(conflict.second)' can lie below '\(conflict.first)'"
                case .firstBelowSecond: "'\(conflict.first)' can lie below '\(conflict.second)'"
                }
            log.error(.placesMeet, "\(what): '\(conflict.path)'", at: range) {
                $0.note("the other place is here", at: other)
                $0.help.append(
                    "that is '\(conflict.first)'\(conflict.firstValues.inWords) and '\(conflict.second)'"
                        + conflict.secondValues.inWords)
                $0.help.append(
                    "choose another path, exclude the values with `except`, or say `inside: \(conflict.relation == .firstBelowSecond ? conflict.second : conflict.first)` if that is meant"
                )
            }
        }
    }

    /// No two runs can share a key.
    mutating func checkRuns() {
        let ranges = Dictionary(prefixPaths.map { ($0.value, $0.range) }) { first, _ in first }
        for conflict in layout.runConflicts() {
            guard let range = ranges[conflict.second] else { continue }
            log.error(.runsMeet, "two runs can share the key '\(conflict.path)'", at: range) {
                if conflict.first != conflict.second, let other = ranges[conflict.first] {
                    $0.note("the other run has this prefix", at: other)
                }
                $0.help.append("one run\(conflict.firstValues.inWords), another\(conflict.secondValues.inWords)")
                $0.help.append(
                    "give what identifies a run a segment of its own, or texts around it that no value holds")
            }
        }
    }

    /// A test makes one key.
    mutating func check(test: Node) {
        guard let name = test["term"]?.text, let expected = test["expect"]?.text else { return }
        checkTerm(name)
        guard let term = layout.term(named: name.value) else { return }
        func values(_ key: String) -> [String: String] {
            Dictionary(
                (test[key]?.pairs ?? []).compactMap { pair in pair.value.text.map { (pair.key.value.text, $0.value) } }
            ) { first, _ in first }
        }
        let known = term.parameters.map(\.name)
        for pair in test["set"]?.pairs ?? [] where !known.contains(pair.key.value.text) {
            log.unknownWord(
                .superfluousArgument, "`\(term.name)` takes no argument '\(pair.key.value.text)'",
                word: pair.key.value.text, at: pair.key.range, known: known, none: "it takes none", listing: "it takes")
        }
        let problem: String
        do {
            let root = try RunOutputRoot.test(values("run"), in: layout)
            let key = try root.location(of: term, values("set")).key.text
            let below = String(key.dropFirst(root.prefix.count + 1))
            if let prefix = test["prefix"]?.text, prefix.value != root.prefix {
                log.error(.planTest, "the test fails: the prefix is '\(root.prefix)'", at: prefix.range)
            }
            if ExactString(below) == ExactString(expected.value) { return }
            problem = "the key is '\(below)'"
        } catch {
            problem = "\(error)"
        }
        log.error(.planTest, "the test of `\(term.name)` fails: \(problem)", at: expected.range)
    }
}

extension RunOutputRoot {
    /// The root of a run that a test describes; what it does not say is as for local use.
    static func test(_ run: [String: String], in layout: Layout) throws(InvalidPathValue) -> RunOutputRoot {
        guard let platform = Platform(rawValue: run[Layout.platform] ?? layout.testPlatform) else { throw .empty }
        return try .forLocalUse(
            runID: run[Layout.runID] ?? "local", platform: platform, values: run,
            releaseType: run["release_type"] ?? RunContext.ordinaryReleaseType, layout: layout)
    }
}

extension [PlaceConflict.Value] {
    /// ` with group=packaging, filename=deb`; nothing without values.
    fileprivate var inWords: String {
        isEmpty ? "" : " with " + map(\.description).joined(separator: ", ")
    }
}
