import MarkedYAML

extension UploadPlan {
    /// Every pattern can be read, and could match something.
    @Sendable static func checkPatterns(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for found in plan.parameters.flatMap(\.defaults).compactMap(\.found) {
            check(found.include, found.exclude, &log)
        }
        for rule in plan.rules {
            switch rule.source {
            case .directory(let selection): check(selection, &log)
            case .archive(let archive): check(archive.members, &log)
            case .index(let index): check(index.include, index.exclude, mayLeadUpwards: true, &log)
            case .file: break
            }
            check(rule.allowedSecrets, [], areWaivers: true, &log)
        }
    }

    private static func check(_ selection: FileSelection, _ log: inout DiagnosticLog) {
        check(selection.include, selection.exclude, &log)
        for pattern in selection.include + selection.exclude {
            warnIfRepeating(selection.directory.source.value.text, pattern, &log)
        }
    }

    /// `include: [build/logs/*.log]` beside `from: build/logs` looks for `build/logs/build/logs`.
    private static func warnIfRepeating(_ directory: String, _ pattern: Template, _ log: inout DiagnosticLog) {
        let text = pattern.source.value.text
        let whole = directory.normalizedPath
        let last = whole.lastPathComponent
        guard whole != ".", let start = [whole, last].first(where: { text.hasPrefix("\($0)/") }) else { return }
        let rest = String(text.dropFirst(start.count + 1))
        log.warning(
            .patternNeverMatches, "the pattern '\(text)' looks for '\(start)' inside of '\(whole)'", at: pattern.range
        ) {
            $0.help.append("patterns are relative to `from`: write `\(rest)`")
            $0.fixIts.append(.init(range: pattern.range, replacement: "\"\(rest)\"", isCertain: false))
        }
    }

    /// Patterns of an index are relative to the page, and objects may be above it; files never are above `from`.
    private static func check(
        _ include: [Template], _ exclude: [Template], mayLeadUpwards: Bool = false, areWaivers: Bool = false,
        _ log: inout DiagnosticLog
    ) {
        for (index, pattern) in (include + exclude).enumerated() {
            if pattern.source.value.text.hasPrefix("!") {
                reportNegation(pattern, isInclude: index < include.count && !areWaivers, &log)
                continue
            }
            do {
                // The value of a parameter stands for itself, so any value will do here.
                _ = try pattern.glob { _ in "x" }
                warnIfUseless(pattern, mayLeadUpwards: mayLeadUpwards, &log)
            } catch {
                log.error(.pattern, error.message, at: pattern.source.range(of: error.range))
            }
        }
        for list in [include, exclude] {
            for (index, pattern) in list.enumerated() {
                guard let earlier = list[..<index].first(where: { $0.parts == pattern.parts }) else { continue }
                log.warning(.repeatedEntry, "the pattern '\(pattern.source.value.text)' is repeated", at: pattern.range)
                {
                    $0.note("it is already listed here", at: earlier.range)
                }
            }
        }
    }

    /// Elsewhere `!` takes back what other patterns match.
    private static func reportNegation(_ pattern: Template, isInclude: Bool, _ log: inout DiagnosticLog) {
        let text = pattern.source.value.text
        log.error(
            .negatedPattern, "'\(text)' negates nothing: `!` is an ordinary character in patterns", at: pattern.range
        ) {
            $0.help.append(
                isInclude
                    ? "move it to `exclude`, as `\(text.dropFirst())`"
                    : "remove it, and write the other patterns so that they do not match '\(text.dropFirst())'")
        }
    }

    private static func warnIfUseless(_ pattern: Template, mayLeadUpwards: Bool, _ log: inout DiagnosticLog) {
        let text = pattern.source.value.text
        var better = text
        let reason: String
        if text.hasPrefix("/") || text.hasPrefix("~") {
            reason = "patterns are relative to `from`, and this one is absolute"
            better = String(text.drop { $0 == "/" || $0 == "~" })
        } else if text.hasPrefix("./") {
            reason = "paths never start with './'"
            better = String(text.dropFirst(2))
        } else if !mayLeadUpwards, text.split(separator: "/", omittingEmptySubsequences: false).contains("..") {
            reason = "patterns are relative to `from` and cannot leave it"
        } else if text.contains("\\") {
            reason = "segments are separated by '/', and there is no escape character"
            better = text.replacingBackslashes
        } else if text.shellVariable != nil {
            reason = "shell variables are not expanded; declare a parameter, and write `${name}`"
        } else if text.contains("//") {
            reason = "paths never contain '//'"
        } else if text.hasSuffix("/") {
            reason = "it names a directory, and only files are matched"
            better = text + "**"
        } else {
            return
        }
        log.warning(.patternNeverMatches, "the pattern '\(text)' can never match: \(reason)", at: pattern.range) {
            guard better != text, !better.isEmpty else { return }
            $0.help.append("write `\(better)`")
            $0.fixIts.append(.init(range: pattern.range, replacement: "\"\(better)\"", isCertain: false))
        }
    }
}

extension String {
    fileprivate var replacingBackslashes: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\\" ? "/" : $0 }))
    }
}
