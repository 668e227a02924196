import MarkedYAML

extension PlanDecoder {
    /// Reads the one source of a rule; none or several are reported.
    mutating func source(_ node: Node, rule: Marked<String>) -> UploadRule.Source? {
        let given = node.pairs.filter { PlanShape.sources.contains($0.key.value.text) }
        guard let first = given.first else {
            // What is no mapping, or has a misspelled source, was reported already.
            let known = PlanShape(layout).rule.fields.map(\.name)
            let misspelled = node.pairs.contains { pair in
                pair.key.value.text.nearest(in: known).map(PlanShape.sources.contains) ?? false
            }
            guard case .mapping = node.content, !misspelled else { return nil }
            log.error(.oneSourceOnly, "rule '\(rule.value)' has no source", at: rule.range) {
                $0.help.append("give one of `from` (a directory), `file`, `archive` or `index`")
            }
            return nil
        }
        for other in given.dropFirst() {
            log.error(
                .oneSourceOnly,
                "rule '\(rule.value)' has two sources: `\(first.key.value.text)` and `\(other.key.value.text)`",
                at: other.key.range
            ) {
                $0.note("the first source is here", at: first.key.range)
                $0.help.append("split it into two rules")
            }
        }
        refuseFieldsOfDirectories(node, source: first.key.value.text)
        switch first.key.value.text {
        case "from": return selection(node).map { .directory($0) }
        case "file": return template(first.value).map { .file($0) }
        case "archive": return archive(first.value)
        default: return index(first.value).map { .index($0) }
        }
    }

    /// `include` beside a file would be ignored in silence.
    private mutating func refuseFieldsOfDirectories(_ node: Node, source: String) {
        guard source != "from" else { return }
        for pair in node.pairs where ["include", "exclude", "symlinks", "flatten"].contains(pair.key.value.text) {
            let field = pair.key.value.text
            log.error(.contradictoryField, "`\(field)` has no effect beside `\(source)`", at: pair.key.range) {
                let inside = source == "archive" || source == "index"
                $0.help.append(
                    inside && (field == "include" || field == "exclude")
                        ? "move it into `\(source)`" : "it belongs to rules with `from`")
            }
        }
    }

    private mutating func selection(_ node: Node) -> FileSelection? {
        guard let directory = template(node["from"]) else { return nil }
        return FileSelection(
            directory: directory, include: templates(node["include"]), exclude: templates(node["exclude"]),
            followsSymlinks: word(node["symlinks"]) == SymlinkPolicy.follow)
    }

    private mutating func archive(_ node: Node) -> UploadRule.Source? {
        guard let members = selection(node), let format: ArchiveFormat = word(node["format"]),
            let range = node["format"]?.range
        else { return nil }
        let level = node["level"]?.text.flatMap { text in Int(text.value).map { Marked($0, at: text.range) } }
        return .archive(
            ArchiveSource(
                format: Marked(format, at: range), name: template(node["name"]), members: members, level: level))
    }

    /// Reads an index page, which lists either rules or what lies under a directory.
    private mutating func index(_ node: Node) -> IndexSource? {
        let given = node.pairs.filter { PlanShape(layout).index.exactlyOneOf.contains($0.key.value.text) }
        if given.count > 1 {
            log.error(.contradictoryField, "`of` and `under` exclude each other", at: given[1].key.range) {
                $0.note("the other one is here", at: given[0].key.range)
                $0.help.append("make two rules of it")
            }
        }
        guard !given.isEmpty else {
            let known = PlanShape(layout).index.fields.map(\.name)
            let misspelled = node.pairs.contains { pair in
                pair.key.value.text.nearest(in: known).map(PlanShape(layout).index.exactlyOneOf.contains) ?? false
            }
            guard case .mapping = node.content, !misspelled else { return nil }
            log.error(.missingKey, "missing key 'of' in an index page", at: node.headRange) {
                $0.help.append("`of`: The rules whose objects are listed.")
                $0.help.append("or `under`: a directory of the whole run, whose page `finish` writes")
            }
            return nil
        }
        return IndexSource(
            rules: node["of"]?.texts ?? [], under: node["under"].flatMap { destination($0) },
            include: templates(node["include"]), exclude: templates(node["exclude"]),
            parent: node["parent"].flatMap { destination($0) }, title: template(node["title"]),
            eachDirectory: node["each_directory"]?.isTrue ?? false)
    }
}
