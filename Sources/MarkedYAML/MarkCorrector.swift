/// Moves libyaml's marks to where a reader would put them.
struct MarkCorrector {
    let codePoints: CodePoints

    init(_ text: String) {
        codePoints = CodePoints(text)
    }

    /// Whether a collection starts with a bracket.
    ///
    /// Keys cannot, so in a block the first character is another one.
    func isFlowStart(_ place: EventReader.Marks) -> Bool {
        let first = codePoints[place.offsets.lowerBound]
        return first == "[" || first == "{"
    }

    /// Steps over an anchor and a tag, which libyaml counts as part of the node.
    ///
    /// - Parameters:
    ///   - place: The marks of the event.
    ///   - properties: What comes before the node.
    /// - Returns: The same end, and the start of the node itself; an empty place at the end if there is no more.
    func withoutProperties(_ place: EventReader.Marks, _ properties: NodeProperties) -> EventReader.Marks {
        guard !properties.isEmpty else { return place }
        var walker = Walker(codePoints[place.offsets].unicodeScalars, at: place)
        var anchor = properties.anchor != nil
        var tag = properties.tag != nil
        while let next = walker.first {
            switch next {
            case "&" where anchor:
                anchor = false
                walker.skipAnchor()
            case "!" where tag:
                tag = false
                walker.skipTag()
            case " ", "\t", "\n", "\r", "#": walker.skipSpaceAndComments()
            default: return walker.marks(to: place)
            }
        }
        return walker.marks(to: place)
    }

    /// Finds the place of a value that is not there: after the colon, or after the key that has none.
    ///
    /// libyaml takes the start of the next token, which may be lines away.
    ///
    /// - Parameters:
    ///   - place: The marks of the event.
    ///   - key: The marks of the value's key.
    /// - Returns: An empty place.
    func ofMissingValue(_ place: EventReader.Marks, key: EventReader.Marks) -> EventReader.Marks {
        guard key.offsets.upperBound <= place.offsets.lowerBound else { return place }
        let gap = key.offsets.upperBound..<place.offsets.lowerBound
        let afterKey = key.end
        var walker = Walker(codePoints[gap].unicodeScalars, at: afterKey)
        walker.skipSpaceAndComments()
        guard walker.first == ":" else { return afterKey }
        walker.skip()
        return walker.emptyMarks
    }

    /// Finds the place of a document's root that is not there: after the `---`.
    ///
    /// - Parameters:
    ///   - place: The marks of the event.
    ///   - documentStart: The marks of the event that started the document.
    /// - Returns: An empty place.
    func ofMissingRoot(_ place: EventReader.Marks, documentStart: EventReader.Marks?) -> EventReader.Marks {
        guard let documentStart, !documentStart.offsets.isEmpty else { return place }
        return documentStart.end
    }
}

extension EventReader.Marks {
    /// The empty place at the end.
    fileprivate var end: Self {
        Self(range: range.upperBound..<range.upperBound, offsets: offsets.upperBound..<offsets.upperBound)
    }
}

/// Walks over a part of the text and counts.
private struct Walker {
    private var rest: Substring.UnicodeScalarView
    private var counter: PositionCounter
    private var offset: Int

    init(_ text: Substring.UnicodeScalarView, at start: EventReader.Marks) {
        rest = text
        counter = PositionCounter(at: start.range.lowerBound)
        offset = start.offsets.lowerBound
    }

    var first: Unicode.Scalar? { rest.first }

    var emptyMarks: EventReader.Marks {
        EventReader.Marks(range: counter.position..<counter.position, offsets: offset..<offset)
    }

    func marks(to end: EventReader.Marks) -> EventReader.Marks {
        EventReader.Marks(
            range: counter.position..<max(counter.position, end.range.upperBound),
            offsets: offset..<max(offset, end.offsets.upperBound))
    }

    mutating func skip() {
        guard let scalar = rest.popFirst() else { return }
        counter.advance(over: scalar)
        offset += 1
    }

    /// Steps over `&` and a name, which may touch what follows: libyaml reads `&a?b` as the text `?b`.
    mutating func skipAnchor() {
        skip()
        while let next = rest.first, next.isInAnchorName { skip() }
    }

    mutating func skipTag() {
        while let next = rest.first, !next.isSpaceOrBreak { skip() }
    }

    mutating func skipSpaceAndComments() {
        while let next = rest.first, next.isSpaceOrBreak || next == "#" {
            guard next == "#" else {
                skip()
                continue
            }
            while let inComment = rest.first, inComment != "\n", inComment != "\r" { skip() }
        }
    }
}

extension Unicode.Scalar {
    /// Whether libyaml takes this for a part of an anchor's name.
    fileprivate var isInAnchorName: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    fileprivate var isSpaceOrBreak: Bool { self == " " || self == "\t" || self == "\n" || self == "\r" }
}

/// Where each code point of a scalar's text is in the file.
///
/// A message about a part of a scalar points at that part, whatever the scalar's style: escapes, folded lines and the
/// indentation of blocks are taken into account. To ask for many parts of one scalar, keep the value: making it costs
/// one walk over the scalar.
///
/// ```swift
/// let spans = ScalarSpans(scalar, in: node.range)  // path: "caf\u00e9/$x"
/// spans.range(of: 3..<4)                           // the six characters \u00e9
/// ```
public struct ScalarSpans: Hashable, Sendable {
    private let whole: SourceRange
    /// One range for each code point; `nil` if the text cannot be traced back to the source.
    private let codePoints: [SourceRange]?

    /// Traces a scalar's text back to the source.
    ///
    /// - Parameters:
    ///   - scalar: The scalar.
    ///   - range: Where it is: the range of its node, or of the key.
    public init(_ scalar: Scalar, in range: SourceRange) {
        whole = range
        codePoints = Self.trace(scalar, in: range)
    }

    /// Returns the place of a part of the text.
    ///
    /// - Parameter part: Offsets in the text, in code points (`text.unicodeScalars`); what lies outside is ignored.
    /// - Returns: The place in the source: from the first to the last code point, or an empty place between two. The
    ///   whole scalar if the text cannot be traced back, as for an alias, whose text is elsewhere.
    public func range(of part: Range<Int>) -> SourceRange {
        guard let codePoints, !codePoints.isEmpty else { return whole }
        let part = part.clamped(to: 0..<codePoints.count)
        guard let last = codePoints[part].last, let first = codePoints[part].first else {
            let place =
                part.lowerBound < codePoints.count
                ? codePoints[part.lowerBound].lowerBound : codePoints[codePoints.count - 1].upperBound
            return place..<place
        }
        return first.lowerBound..<max(first.lowerBound, last.upperBound)
    }

    /// Reads the raw text as libyaml did, and trusts the result only if it is the same.
    private static func trace(_ scalar: Scalar, in range: SourceRange) -> [SourceRange]? {
        let raw = Array(scalar.raw.unicodeScalars)
        var counter = PositionCounter(at: range.lowerBound)
        var positions = [counter.position]
        positions.reserveCapacity(raw.count + 1)
        for codePoint in raw {
            counter.advance(over: codePoint)
            positions.append(counter.position)
        }
        guard counter.position == range.upperBound, let decoded = DecodedScalar(raw, like: scalar) else { return nil }
        guard decoded.units.lazy.map(\.codePoint).elementsEqual(scalar.text.unicodeScalars) else { return nil }
        return decoded.units.map { positions[$0.source.lowerBound]..<positions[$0.source.upperBound] }
    }
}

extension Scalar {
    /// Returns the place of a part of the text.
    ///
    /// - Parameters:
    ///   - codePoints: Offsets in `text.unicodeScalars`.
    ///   - range: Where the scalar is.
    /// - Returns: The place in the source; see ``ScalarSpans``, which answers many such questions at once.
    public func range(of codePoints: Range<Int>, in range: SourceRange) -> SourceRange {
        ScalarSpans(self, in: range).range(of: codePoints)
    }
}

extension Marked<Scalar> {
    /// Returns the place of a part of the text.
    ///
    /// - Parameter codePoints: Offsets in `value.text.unicodeScalars`.
    /// - Returns: The place in the source; see ``ScalarSpans``, which answers many such questions at once.
    public func range(of codePoints: Range<Int>) -> SourceRange {
        value.range(of: codePoints, in: range)
    }
}
