import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// Excludes remove something, includes leave something, and `flatten` cannot put two files into one place: as far
    /// as the patterns tell, without a build tree.
    @Sendable static func checkSelections(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for rule in plan.rules {
            switch rule.source {
            case .directory(let selection):
                checkExcludes(selection.include, selection.exclude, &log)
                if rule.flatten { checkFlatten(rule, selection, &log) }
            case .archive(let archive): checkExcludes(archive.members.include, archive.members.exclude, &log)
            case .index(let index): checkExcludes(index.include, index.exclude, &log)
            case .file: break
            }
        }
    }

    /// Where every include is a plain path, it is known what an exclude can remove.
    private static func checkExcludes(_ include: [Template], _ exclude: [Template], _ log: inout DiagnosticLog) {
        let paths = include.compactMap(\.plainPath)
        guard !include.isEmpty else { return }
        var removed: Set<String> = []
        for pattern in exclude {
            guard let glob = try? pattern.glob({ _ in nil }), pattern.references.isEmpty else { continue }
            let matched = paths.filter { glob.matches(ExactString($0)) }
            removed.formUnion(matched)
            guard matched.isEmpty, paths.count == include.count else { continue }
            log.warning(
                .uselessExclude, "the exclude '\(pattern.source.value.text)' removes nothing that `include` takes",
                at: pattern.range
            ) { $0.help.append("remove it, or correct the pattern") }
        }
        for pattern in include {
            guard let path = pattern.plainPath, removed.contains(path) else { continue }
            log.warning(.patternNeverMatches, "'\(path)' is always removed by `exclude`", at: pattern.range) {
                diagnostic in
                guard
                    let winner = exclude.first(where: {
                        (try? $0.glob { _ in nil })?.matches(ExactString(path)) == true
                    })
                else { return }
                diagnostic.note("this pattern removes it: excludes win over includes", at: winner.range)
            }
        }
    }

    /// Files of several directories can have one base name.
    private static func checkFlatten(_ rule: UploadRule, _ selection: FileSelection, _ log: inout DiagnosticLog) {
        let paths = selection.include.compactMap(\.plainPath)
        var first: [String: Template] = [:]
        for pattern in selection.include {
            guard let path = pattern.plainPath else { continue }
            guard let earlier = first.updateValue(pattern, forKey: path.lastPathComponent), earlier.plainPath != path
            else {
                continue
            }
            log.warning(
                .flattenMayCollide, "`flatten` puts two files into one place: '\(path.lastPathComponent)'",
                at: pattern.range
            ) {
                $0.note("this file has the same base name", at: earlier.range)
                $0.help.append("split it into two rules with different destinations")
            }
        }
        guard paths.count < selection.include.count || selection.include.isEmpty else { return }
        let crossing = selection.include.first { $0.crossesDirectories }
        guard crossing != nil || selection.include.isEmpty else { return }
        log.warning(
            .flattenMayCollide, "`flatten` can put two files into one place: the files come from several directories",
            at: (crossing ?? selection.directory).range
        ) {
            $0.label =
                crossing == nil ? "all files below this directory" : "files in more than one directory match this"
            $0.help.append("take files of one directory only, or leave out `flatten`")
        }
    }
}

extension Template {
    /// The path that the pattern matches, if it is a path and no pattern.
    fileprivate var plainPath: String? {
        guard let literal, !literal.unicodeScalars.contains(where: "*?[]{}".unicodeScalars.contains) else { return nil }
        return literal
    }

    /// Whether files in more than one directory can match.
    fileprivate var crossesDirectories: Bool {
        let text = source.value.text
        if text.contains("**") { return true }
        return text.split(separator: "/").dropLast().contains { segment in
            segment.unicodeScalars.contains(where: "*?[{".unicodeScalars.contains)
        }
    }
}

extension UploadPlan {
    /// An archive's name says what it holds, and its format has the level.
    @Sendable static func checkArchives(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for rule in plan.rules {
            guard case .archive(let archive) = rule.source else { continue }
            checkName(rule, archive, &log)
            checkLevel(archive, &log)
        }
    }

    private static func checkName(_ rule: UploadRule, _ archive: ArchiveSource, _ log: inout DiagnosticLog) {
        let given = rule.destination.arguments.first { $0.argument.value.kind == .filename }?.value ?? archive.name
        guard let given, let name = given.literal else { return }
        let endings = archive.format.value.fileNameEndings
        guard !endings.contains(where: name.hasSuffix) else { return }
        log.warning(
            .nameAndFormat,
            "'\(name)' does not end in '\(endings[0])', and its format is \(archive.format.value.rawValue)",
            at: given.range
        ) { $0.note("the format is given here", at: archive.format.range) }
    }

    private static func checkLevel(_ archive: ArchiveSource, _ log: inout DiagnosticLog) {
        let format = archive.format.value
        guard let level = archive.level, !format.levels.contains(level.value) else { return }
        log.error(
            .illegalValue,
            "\(format.rawValue) has the levels \(format.levels.lowerBound) to \(format.levels.upperBound), not \(level.value)",
            at: level.range
        ) { $0.note("the format is given here", at: archive.format.range) }
    }
}

extension ArchiveFormat {
    /// The endings that names of such archives have.
    var fileNameEndings: [String] {
        switch self {
        case .tarGzip: [".tar.gz", ".tgz"]
        case .tarZstandard: [".tar.zst", ".tar.zstd"]
        case .tarXZ: [".tar.xz", ".txz"]
        case .zip: [".zip"]
        }
    }
}
