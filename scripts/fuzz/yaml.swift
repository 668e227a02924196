// Compiled into one module with Sources/MarkedYAML by scripts/fuzz-yaml.sh, so that it sees what is internal there.

/// Reads one input and checks what must hold for any input.
///
/// A violation crashes, which libFuzzer records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let source = SourceText(String(decoding: input, as: UTF8.self))
    let oracle = Oracle(source: source)
    do throws(YAMLSyntaxError) {
        guard let root = try Node.parse(input) else { return 0 }
        oracle.check(root, within: nil)
    } catch {
        oracle.checkInside(error.range)
        if let context = error.context { oracle.checkInside(context.range) }
        precondition(!error.problem.isEmpty && !error.problem.hasSuffix("."))
    }
    return 0
}

/// What must hold for every tree and every error.
private struct Oracle {
    let source: SourceText
    let lines: [[Unicode.Scalar]]

    init(source: SourceText) {
        self.source = source
        lines = source.lines.map { Array($0.unicodeScalars) }
    }

    func checkInside(_ range: SourceRange) {
        for position in [range.lowerBound, range.upperBound] {
            precondition(position.line >= 1 && position.line <= lines.count, "the line exists")
            let columns = lines[position.line - 1].count + 1
            precondition(position.column >= 1 && position.column <= columns, "the column exists")
        }
    }

    func check(_ node: Node, within parent: SourceRange?) {
        checkInside(node.range)
        if let parent { precondition(parent.encloses(node.range), "a child is inside its parent") }
        if let anchor = node.anchorRange {
            checkInside(anchor)
            precondition(anchor.upperBound <= node.range.lowerBound, "an anchor is before its aliases")
        }
        switch node.content {
        case .scalar(let scalar): check(scalar, at: node.range, isAlias: node.anchorRange != nil)
        case .sequence,
            .mapping where node.anchorRange != nil:
            break
        case .sequence(let items):
            for item in items { check(item, within: node.range) }
            checkOrder(items.map(\.range))
        case .mapping(let pairs):
            for pair in pairs {
                checkInside(pair.key.range)
                precondition(node.range.encloses(pair.key.range), "a key is inside its mapping")
                check(pair.key.value, at: pair.key.range, isAlias: pair.key.value.raw.hasPrefix("*"))
                check(pair.value, within: node.range)
            }
            checkOrder(pairs.flatMap { [$0.key.range, $0.value.range] })
        }
    }

    private func checkOrder(_ ranges: [SourceRange]) {
        for (first, second) in zip(ranges, ranges.dropFirst()) {
            precondition(first.upperBound <= second.lowerBound, "siblings do not overlap")
        }
    }

    private func check(_ scalar: Scalar, at range: SourceRange, isAlias: Bool) {
        precondition(scalar.raw.unicodeScalars.elementsEqual(characters(in: range)), "raw is what is there")
        let spans = ScalarSpans(scalar, in: range)
        let count = scalar.text.unicodeScalars.count
        var last = range.lowerBound
        for offset in 0..<count {
            let part = spans.range(of: offset..<offset + 1)
            checkInside(part)
            precondition(range.encloses(part), "a part is inside its scalar")
            precondition(isAlias || part.lowerBound >= last, "parts are in order")
            last = part.lowerBound
        }
        precondition(range.encloses(spans.range(of: 0..<count)))
        precondition(range.encloses(spans.range(of: count..<count)))
        guard !isAlias, scalar.text.contains(where: { $0 != " " && !$0.isNewline }) else { return }
        let decoded = DecodedScalar(Array(scalar.raw.unicodeScalars), like: scalar)
        precondition(decoded != nil, "every scalar can be decoded")
        let text = decoded?.units.map(\.codePoint) ?? []
        precondition(text.elementsEqual(scalar.text.unicodeScalars), "decoding agrees with libyaml")
    }

    /// The characters of a range, line breaks included.
    private func characters(in range: SourceRange) -> [Unicode.Scalar] {
        var counter = PositionCounter()
        var characters: [Unicode.Scalar] = []
        var last: (scalar: Unicode.Scalar, isInside: Bool)?
        for scalar in source.text.unicodeScalars {
            let isSecondHalf = scalar == "\n" && last?.scalar == "\r"
            let isInside = isSecondHalf ? last?.isInside == true : range.contains(counter.position)
            if isInside { characters.append(scalar) }
            last = (scalar, isInside)
            counter.advance(over: scalar)
        }
        return characters
    }
}

extension SourceRange {
    fileprivate func encloses(_ other: SourceRange) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
