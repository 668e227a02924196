import MarkedYAML

extension UploadPlan {
    /// Paths are paths: no patterns, and nothing that a shell would have to replace.
    @Sendable static func checkSourcePaths(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for rule in plan.rules {
            switch rule.source {
            case .directory(let selection): check(selection.directory, "from", &log)
            case .archive(let archive): check(archive.members.directory, "from", &log)
            case .file(let path): check(path, "file", &log)
            case .index: break
            }
            if let path = rule.expectation.newerThan { check(path, "newer_than", &log) }
        }
        for parameter in plan.parameters where parameter.kind != .string {
            for value in parameter.defaults.map(\.value) {
                checkExpansion(value.value, shown: value.value, at: value.range, &log)
            }
        }
    }

    private static func check(_ path: Template, _ field: String, _ log: inout DiagnosticLog) {
        let text = path.source.value.text
        let literals = path.parts.map { part in
            if case .text(let text) = part { text } else { "x" }
        }
        if literals.contains(where: \.looksLikePattern) {
            checkPattern(text, field, at: path.range, &log)
        } else {
            checkExpansion(literals.joined(), shown: text, at: path.range, &log)
        }
    }

    private static func checkPattern(
        _ text: String, _ field: String, at range: SourceRange, _ log: inout DiagnosticLog
    ) {
        let what = field == "from" ? "a directory" : "a file"
        log.error(.patternAsPath, "`\(field)` names \(what), and '\(text)' is a pattern", at: range) {
            guard field != "newer_than" else { return }
            let segments = text.split(separator: "/", omittingEmptySubsequences: false)
            let start = segments.firstIndex { String($0).looksLikePattern } ?? 0
            let directory = segments[..<start].joined(separator: "/")
            let pattern = segments[start...].joined(separator: "/")
            $0.help.append("write `from: \(directory.isEmpty ? "." : directory)` and `include: [\"\(pattern)\"]`")
            if field == "file" { $0.help.append("say with `expect: {files: 1}` that it has to be one file") }
        }
    }

    private static func checkExpansion(
        _ text: String, shown: String, at range: SourceRange, _ log: inout DiagnosticLog
    ) {
        if text == "~" || text.hasPrefix("~/") {
            log.error(.unexpandedPath, "'\(shown)' is used literally: `~` is not expanded", at: range) {
                $0.help.append("declare a parameter, `home: {env: HOME}`, and write `${home}\(text.dropFirst())`")
            }
        } else if let variable = text.shellVariable {
            log.error(.unexpandedPath, "'\(shown)' is used literally: shell variables are not expanded", at: range) {
                let name = variable.lowercased()
                $0.help.append("declare a parameter, `\(name): {env: \(variable)}`, and write `${\(name)}`")
            }
        } else if text.contains("\\"), !text.contains("/") {
            log.warning(
                .unexpandedPath, "'\(shown)' is one name: segments are separated by '/', on Windows too", at: range
            ) {
                let better = shown.replacing("\\", with: "/")
                $0.help.append("write `\(better)`")
                $0.fixIts.append(.init(range: range, replacement: "\"\(better)\"", isCertain: false))
            }
        }
    }
}

extension String {
    /// Whether it holds a `*` or `?`, or alternatives in braces.
    fileprivate var looksLikePattern: Bool {
        if unicodeScalars.contains(where: { $0 == "*" || $0 == "?" }) { return true }
        guard let open = firstIndex(of: "{"), let close = self[open...].firstIndex(of: "}") else { return false }
        return self[open..<close].contains(",")
    }

    /// The name in a segment that is `$NAME`, `$(command)` aside, or `%NAME%`.
    var shellVariable: String? {
        for segment in split(separator: "/") {
            let scalars = segment.unicodeScalars
            if scalars.first == "$" {
                let name = scalars.dropFirst().prefix {
                    $0 == "_" || ($0.isASCII && $0.properties.isAlphabetic) || ("0"..."9").contains($0)
                }
                if let first = name.first, !("0"..."9").contains(first) { return String(name) }
            } else if scalars.first == "%", scalars.count > 2, scalars.last == "%" {
                let name = scalars.dropFirst().dropLast()
                if name.allSatisfy({ $0 == "_" || ($0.isASCII && $0.properties.isAlphabetic) }) { return String(name) }
            }
        }
        return nil
    }
}
