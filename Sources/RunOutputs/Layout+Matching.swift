extension Layout {
    /// Finds the term whose place an object lies in.
    ///
    /// Places lie inside others, so that several may fit: a file's own term comes before directories, then the one
    /// whose path takes more segments, then the one that spells more of them out, then the one that comes first.
    ///
    /// - Parameter path: The key below the run's prefix, without a leading slash.
    /// - Returns: The term; `nil` if the object lies in no term's place.
    public func term(ofPath path: String) -> OutputTerm? {
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Substring.init)
        var best: (term: OutputTerm, rank: (Int, Int, Int))?
        for term in terms {
            guard let taken = term.matchedSegments(of: segments[...]) else { continue }
            let rank = (term.kind == .file ? 1 : 0, taken, term.literalLength)
            if best.map({ $0.rank < rank }) ?? true { best = (term, rank) }
        }
        return best?.term
    }

    /// Whether the term of an object can be told by its directory alone, whatever else lies there.
    ///
    /// - Parameter name: The last segment of the object's key.
    /// - Returns: `false` if some place is meant, or excluded, by this name.
    public func isOrdinary(name: Substring) -> Bool {
        !terms.contains { term in
            guard let last = term.segments.last else { return false }
            guard last.count == 1, case .parameter(let argument) = last[0], argument.legalValues == nil else {
                return SegmentMatch.fits(last[...], name)
            }
            return argument.reserved.contains { $0 == name }
        }
    }
}

extension OutputTerm {
    /// How many characters its path spells out.
    fileprivate var literalLength: Int {
        segments.joined().reduce(0) { sum, piece in
            if case .text(let text) = piece { sum + text.utf8.count } else { sum }
        }
    }

    /// Whether an object may lie in the term's place, and how many segments of its path are the term's.
    fileprivate func matchedSegments(of path: ArraySlice<Substring>) -> Int? {
        let rests = SegmentMatch.rests(segments[...], path) { kind == .file ? $0.isEmpty : !$0.isEmpty }
        return rests.min().map { path.count - $0 }
    }
}

/// Compares segments of a path with those of a template.
enum SegmentMatch {
    /// Matches a path with a template.
    ///
    /// - Parameters:
    ///   - template: The pieces of each segment.
    ///   - path: The segments of the path.
    ///   - accepts: Whether the segments may be left over.
    /// - Returns: How many segments may be left over; none if the template does not fit.
    static func rests(
        _ template: ArraySlice<[OutputTerm.Piece]>, _ path: ArraySlice<Substring>,
        accepts: (ArraySlice<Substring>) -> Bool
    ) -> [Int] {
        guard let segment = template.first else { return accepts(path) ? [path.count] : [] }
        func rests(behind count: Int) -> [Int] {
            Self.rests(template.dropFirst(), path.dropFirst(count), accepts: accepts)
        }
        guard segment.count == 1, case .parameter(let argument) = segment[0] else {
            return path.first.map { fits(segment[...], $0) } == true ? rests(behind: 1) : []
        }
        var found = argument.mayBeEmpty ? rests(behind: 0) : []
        let longest = argument.kind == .path ? path.count : min(1, path.count)
        for count in stride(from: 1, through: longest, by: 1) {
            let value = count == 1 ? String(path[path.startIndex]) : path.prefix(count).joined(separator: "/")
            if (try? argument.check(value)) != nil { found += rests(behind: count) }
        }
        return found
    }

    /// Whether a text is made of pieces, each argument of at least one character.
    static func fits(_ pieces: ArraySlice<OutputTerm.Piece>, _ text: Substring) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        switch piece {
        case .text(let literal):
            guard text.utf8.starts(with: literal.utf8) else { return false }
            return fits(pieces.dropFirst(), text.utf8.dropFirst(literal.utf8.count).characters)
        case .parameter(let argument):
            var end = text.endIndex
            while end > text.startIndex {
                if fits(pieces.dropFirst(), text[end...]), (try? argument.check(String(text[..<end]))) != nil {
                    return true
                }
                end = text.unicodeScalars.index(before: end)
            }
            return false
        }
    }
}

extension Substring.UTF8View {
    /// The same bytes as text.
    fileprivate var characters: Substring { Substring(self) }
}
