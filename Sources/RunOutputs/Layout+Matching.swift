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
        let rest = SegmentMatch.longestRest(segments[...], path) { rest in kind == .file ? rest.isEmpty : !rest.isEmpty
        }
        return rest.map { path.count - $0 }
    }
}

/// Compares segments of a path with those of a template.
enum SegmentMatch {
    /// Matches a path with a template that takes as much of it as it can.
    ///
    /// - Parameters:
    ///   - template: The pieces of each segment.
    ///   - path: The segments of the path.
    ///   - accepts: Whether the segments may be left over.
    /// - Returns: How many segments are left over at least; `nil` if the template does not fit.
    static func longestRest(
        _ template: ArraySlice<[OutputTerm.Piece]>, _ path: ArraySlice<Substring>,
        accepts: (ArraySlice<Substring>) -> Bool
    ) -> Int? {
        guard let segment = template.first else { return accepts(path) ? path.count : nil }
        var best: Int?
        func take(_ count: Int) {
            guard let rest = longestRest(template.dropFirst(), path.dropFirst(count), accepts: accepts) else { return }
            best = min(best ?? rest, rest)
        }
        if segment.count == 1, case .parameter(let argument) = segment[0] {
            if argument.mayBeEmpty { take(0) }
            let longest = argument.kind == .path ? path.count : min(1, path.count)
            guard longest > 0 else { return best }
            for count in 1...longest where (try? argument.check(path.prefix(count).joined(separator: "/"))) != nil {
                take(count)
            }
        } else if let text = path.first, fits(segment[...], text) {
            take(1)
        }
        return best
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
