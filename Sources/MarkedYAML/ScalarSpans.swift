/// Where each code point of a scalar's text stands in the file.
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
    ///   - range: Where it stands: the range of its node, or of the key.
    public init(_ scalar: Scalar, in range: SourceRange) {
        whole = range
        codePoints = Self.trace(scalar, in: range)
    }

    /// Returns the place of a part of the text.
    ///
    /// - Parameter part: Offsets in the text, in code points (`text.unicodeScalars`); what lies outside is ignored.
    /// - Returns: The place in the source: from the first to the last code point, or an empty place between two. The
    ///   whole scalar if the text cannot be traced back, as for an alias, whose text stands elsewhere.
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
    ///   - range: Where the scalar stands.
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
