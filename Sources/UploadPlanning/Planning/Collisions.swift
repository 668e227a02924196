import MarkedYAML
import RunOutputs

/// What cannot be uploaded beside each other: two objects with one key, and keys that only case tells apart.
struct Collisions {
    /// Warnings, and the errors that fail their rules.
    var diagnostics: [Diagnostic] = []
    /// Errors that the plan alone proves: both objects have a fixed place.
    var proven: [Diagnostic] = []
    /// The keys that nothing is uploaded to.
    var heldBack: Set<ExactString> = []
    /// What fails rules, by their place among all rules.
    var problems: [Int: [PlannedRule.Problem]] = [:]
}

/// An object whose key may be another one's too.
private struct Suspect {
    var rule: Int
    var key: ExactString
    /// What it is made of, for messages.
    var source: String
}

extension Planner {
    /// Finds objects with one key, and keys that only case or Unicode normalisation tells apart.
    ///
    /// - Parameter pages: The index pages of each rule, which are not operations yet.
    /// - Returns: What to hold back, and what to say about it.
    func collisions(with pages: [[Page]]) -> Collisions {
        var collisions = Collisions()
        // `String` is compared by canonical equivalence, so this finds twins that differ in normalisation as well.
        let groups = Dictionary(grouping: suspects(pages)) { $0.key.text.lowercased() }
        for group in groups.values where group.count > 1 { compare(group, &collisions) }
        collisions.diagnostics.sort(by: Diagnostic.inOrder)
        collisions.proven.sort(by: Diagnostic.inOrder)
        return collisions
    }

    /// Takes back what collides, and fails the rules concerned; what else they upload is carried out.
    mutating func holdBack(_ collisions: Collisions) {
        for (rule, problems) in collisions.problems {
            drafts[rule].problems += problems
            let isHeldBack = { (operation: UploadOperation) in collisions.heldBack.contains(operation.destination.key) }
            let files = drafts[rule].operations.filter(isHeldBack).flatMap(\.sourceFiles)
            drafts[rule].operations.removeAll(where: isHeldBack)
            drafts[rule].skipped += files.map { file in
                let reason = SkippedFile.Reason.problem("another object has its key")
                return SkippedFile(rule: rule, path: file.path, reason: reason, size: file.version.knownSize)
            }
            if case .index = rules[rule].bound.source { continue }
            if drafts[rule].operations.isEmpty { drafts[rule].status = .failed }
        }
    }

    /// The objects whose keys may have a twin, in order: usually none, since most keys are told apart by a hash without
    /// regard to case.
    private func suspects(_ pages: [[Page]]) -> [Suspect] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(drafts.reduce(0) { $0 + $1.operations.count })
        for (rule, outcome) in drafts.enumerated() {
            for part in outcome.operations.parts { part.appendCaselessHashes(to: &hashes) }
            for page in pages[rule] { hashes.append(page.location.key.text.caselessHash) }
        }
        let sorted = hashes.sorted()
        let repeated = Set(zip(sorted, sorted.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
        guard !repeated.isEmpty else { return [] }
        return drafts.indices.flatMap { rule -> [Suspect] in
            let objects =
                drafts[rule].operations.lazy.map { ($0.destination.key, $0.sourceText) }
                + pages[rule].map { ($0.location.key, "an index page") }
            return objects.filter { repeated.contains($0.0.text.caselessHash) }
                .map { Suspect(rule: rule, key: $0.0, source: $0.1) }
        }
    }

    /// Compares objects whose keys are the same but for case and normalisation.
    private func compare(_ group: [Suspect], _ collisions: inout Collisions) {
        var byKey: [(key: ExactString, objects: [Suspect])] = []
        for suspect in group {
            if let index = byKey.firstIndex(where: { $0.key == suspect.key }) {
                byKey[index].objects.append(suspect)
            } else {
                byKey.append((suspect.key, [suspect]))
            }
        }
        for (_, objects) in byKey where objects.count > 1 {
            let fixed = objects.filter { rules[$0.rule].bound.makesOneObject }
            for later in (fixed.count > 1 ? fixed : objects).dropFirst() {
                report(sameKey: later, (fixed.count > 1 ? fixed : objects)[0], &collisions)
            }
        }
        let refusesTwins = ignoresCase || group.contains { rules[$0.rule].bound.rule.caseCollisions == .error }
        for (earlier, later) in zip(byKey, byKey.dropFirst()) {
            report(twin: later.objects[0], earlier.objects[0], isError: refusesTwins, &collisions)
        }
    }

    private func report(sameKey this: Suspect, _ other: Suspect, _ collisions: inout Collisions) {
        let message = "two files would be uploaded to '\(this.key)'"
        let help = "exclude one of them, or give it another destination"
        refuse(this, other, diagnostic(.error, .collision, message, this, other, help), &collisions) { other in
            "\(other) has the same destination"
        }
    }

    private func report(twin this: Suspect, _ other: Suspect, isError: Bool, _ collisions: inout Collisions) {
        let keys = "'\(other.key)' and '\(this.key)'"
        guard this.key.text != other.key.text else {
            let message = "two keys look the same and differ in Unicode normalisation: \(keys)"
            collisions.diagnostics.append(diagnostic(.warning, .normalizationTwins, message, this, other))
            return
        }
        let help =
            ignoresCase
            ? "the output directory ignores case and holds only one of them: rename one file"
            : "file systems that ignore case hold only one of them: rename one file"
        let message = "two keys differ only by case: \(keys)"
        let twins = diagnostic(isError ? .error : .warning, .caseCollision, message, this, other, help)
        guard isError else { return collisions.diagnostics.append(twins) }
        refuse(this, other, twins, &collisions) { other in "the key of \(other) differs only by case" }
    }

    /// Holds two objects back: as an error of the plan if it alone proves that they collide, else of their rules.
    private func refuse(
        _ this: Suspect, _ other: Suspect, _ diagnostic: Diagnostic, _ collisions: inout Collisions,
        reason: (String) -> String
    ) {
        guard !rules[this.rule].bound.makesOneObject || !rules[other.rule].bound.makesOneObject else {
            return collisions.proven.append(diagnostic)
        }
        collisions.diagnostics.append(diagnostic)
        for (one, another) in [(this, other), (other, this)] {
            collisions.heldBack.insert(one.key)
            let name = "\(another.source) of rule '\(rules[another.rule].bound.rule.name.value)'"
            // Without the code: the diagnostic, which shows both rules, is enough.
            collisions.problems[one.rule, default: []].append(
                .init("\(one.source) is not uploaded to '\(one.key)': \(reason(name))"))
        }
    }

    private func diagnostic(
        _ severity: Diagnostic.Severity, _ code: DiagnosticCode, _ message: String, _ this: Suspect, _ other: Suspect,
        _ help: String? = nil
    ) -> Diagnostic {
        let (rule, otherRule) = (rules[this.rule], rules[other.rule])
        let name = rule.bound.rule.name
        let otherName = otherRule.bound.rule.name
        var diagnostic = Diagnostic(
            severity: severity, code: code, message: message, file: plans[rule.plan].plan.file, range: name.range)
        diagnostic.label = "rule '\(name.value)' takes \(this.source)"
        diagnostic.note(
            "rule '\(otherName.value)' takes \(other.source)", at: otherName.range,
            in: plans[otherRule.plan].plan.file)
        if let help { diagnostic.help.append(help) }
        return diagnostic
    }
}

extension BoundRule {
    /// Whether the plan alone says what key the rule's object has.
    fileprivate var makesOneObject: Bool {
        switch source {
        case .file, .archive: true
        case .index(let index): !index.eachDirectory
        case .directory: false
        }
    }
}

extension String {
    /// The same number for texts that are equal but for case and normalisation.
    fileprivate var caselessHash: UInt64 {
        if let hash = asciiHash() { return hash }
        let folded = lowercased()
        return folded.asciiHash() ?? UInt64(truncatingIfNeeded: folded.hashValue)
    }

    /// The hash of this text behind another one, if all of it is ASCII.
    ///
    /// A text that is not ASCII may be equal to one that is, such as the sign for kelvin to the letter k.
    fileprivate func asciiHash(behind start: UInt64 = String.hashOfNothing) -> UInt64? {
        var hash = start
        for byte in utf8 {
            guard byte < 0x80 else { return nil }
            let isUpper = byte &- UInt8(ascii: "A") < 26
            hash = (hash ^ UInt64(isUpper ? byte | 0x20 : byte)) &* 0x100_0000_01b3
        }
        return hash
    }

    // FNV-1a; its constants: http://www.isthe.com/chongo/tech/comp/fnv/
    private static let hashOfNothing: UInt64 = 0xcbf2_9ce4_8422_2325
}

extension UploadOperations.Part {
    /// Appends the hash of each operation's key; the keys of a directory's files share that of their beginning.
    fileprivate func appendCaselessHashes(to hashes: inout [UInt64]) {
        switch self {
        case .individual(let operations): hashes += operations.lazy.map(\.destination.key.text.caselessHash)
        case .directory(let upload):
            let start = "\(upload.destination.key)/".asciiHash()
            for entry in upload.entries {
                let hash = start.flatMap { upload.name(of: entry).asciiHash(behind: $0) }
                hashes.append(hash ?? upload.destination(of: entry).key.text.caselessHash)
            }
        }
    }
}

extension UploadOperation {
    fileprivate var sourceText: String {
        switch source {
        case .file(let file): "'\(file.path)'"
        case .archive: "an archive"
        case .index: "an index page"
        }
    }
}

extension PlannedUpload {
    /// The problems of rules that have a code of their own.
    var codedProblems: [Diagnostic] {
        rules.flatMap { rule in
            rule.problems.compactMap { problem in
                problem.code.map { code in
                    Diagnostic(
                        severity: .error, code: code, message: problem.message, file: rule.plan, range: rule.range)
                }
            }
        }
    }
}
