import MarkedYAML
import RunOutputs

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
                log.error(.layoutPath, "`${\(Layout.externalPrefix)}` must stand first", at: path.range)
            }
            if path.value.hasPrefix("${\(Layout.externalPrefix)}/") {
                log.error(.layoutPath, "`${\(Layout.externalPrefix)}` brings its own slash", at: path.range) {
                    $0.help.append("write no slash behind it")
                }
            }
            checkIdentity(of: path)
        }
    }

    /// Where the prefixes stand.
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
        let places = Dictionary((root["terms"]?.pairs ?? []).map { ($0.key.value.text, $0.key.range) }) { first, _ in
            first
        }
        for conflict in layout.placeConflicts() {
            guard let range = places[conflict.second], let other = places[conflict.first] else { continue }
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
        let places = Dictionary(prefixPaths.map { ($0.value, $0.range) }) { first, _ in first }
        for conflict in layout.runConflicts() {
            guard let range = places[conflict.second] else { continue }
            log.error(.runsMeet, "two runs can share the key '\(conflict.path)'", at: range) {
                if conflict.first != conflict.second, let other = places[conflict.first] {
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
