import RunOutputs

extension PlannedUpload {
    /// Two operations with one destination, and two that only case or Unicode normalisation tells apart.
    func collisions() -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        // `String` is compared by canonical equivalence, so this finds twins that differ in normalisation as well.
        var first: [String: Int] = [:]
        for index in suspects() {
            // All operations of a run have one bucket.
            let folded = operations[index].destination.key.text.lowercased()
            guard let earlier = first.updateValue(index, forKey: folded) else { continue }
            diagnostics.append(collision(of: index, with: earlier))
        }
        return diagnostics.sorted(by: Diagnostic.inOrder)
    }

    /// The operations whose destinations may have a twin, in order: usually none, since most keys are told apart by a
    /// hash without regard to case.
    private func suspects() -> [Int] {
        let hashes = operations.map(\.destination.key.text.caselessHash)
        let sorted = hashes.sorted()
        let repeated = Set(zip(sorted, sorted.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
        guard !repeated.isEmpty else { return [] }
        return operations.indices.filter { repeated.contains(hashes[$0]) }
    }

    private func collision(of index: Int, with earlier: Int) -> Diagnostic {
        let (this, other) = (operations[index], operations[earlier])
        let (rule, otherRule) = (rules[this.rule], rules[other.rule])
        var log = DiagnosticLog(file: rule.plan)
        let keys = "'\(other.destination.key)' and '\(this.destination.key)'"
        if this.destination.key == other.destination.key {
            log.error(.collision, "two files would be uploaded to '\(this.destination.key)'", at: rule.range) {
                $0.help.append("exclude one of them, or give it another destination")
            }
        } else if this.destination.key.text == other.destination.key.text {
            log.warning(
                .normalizationTwins, "two keys look the same and differ in Unicode normalisation: \(keys)",
                at: rule.range)
        } else {
            log.error(.caseCollision, "two keys differ only by case: \(keys)", at: rule.range) {
                $0.help.append("file systems that ignore case hold only one of them: rename one file")
            }
        }
        return log.diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.label = "rule '\(rule.name)' takes \(this.sourceText)"
            diagnostic.note(
                "rule '\(otherRule.name)' takes \(other.sourceText)", at: otherRule.range, in: otherRule.plan)
            return diagnostic
        }[0]
    }
}

extension String {
    /// The same number for texts that are equal but for case and normalisation.
    fileprivate var caselessHash: UInt64 {
        // FNV-1a; its constants: http://www.isthe.com/chongo/tech/comp/fnv/
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in utf8 {
            // A text that is not ASCII may be equal to one that is, such as the sign for kelvin to the letter k.
            guard byte < 0x80 else {
                let folded = lowercased()
                return folded.utf8.allSatisfy { $0 < 0x80 }
                    ? folded.caselessHash : UInt64(truncatingIfNeeded: folded.hashValue)
            }
            let isUpper = byte &- UInt8(ascii: "A") < 26
            hash = (hash ^ UInt64(isUpper ? byte | 0x20 : byte)) &* 0x100_0000_01b3
        }
        return hash
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
