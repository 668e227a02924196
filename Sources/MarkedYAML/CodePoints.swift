/// Finds the character at an offset that libyaml counted, which is in code points from the start.
///
/// Swift's strings count in bytes, which is the same for ASCII. For other texts one index in ``stride`` is kept, so that a
/// lookup walks over less than that many code points wherever it lands, and a tree of any shape costs linear time.
struct CodePoints {
    private static let stride = 64

    private let text: String
    /// `nil` for ASCII.
    private let checkpoints: [String.Index]?
    /// How many code points there are.
    let count: Int

    init(_ text: String) {
        self.text = text
        var bytes = text.utf8Span
        guard !bytes.checkForASCII() else {
            checkpoints = nil
            count = text.utf8.count
            return
        }
        var checkpoints: [String.Index] = []
        var count = 0
        for index in text.unicodeScalars.indices {
            if count.isMultiple(of: Self.stride) { checkpoints.append(index) }
            count += 1
        }
        self.checkpoints = checkpoints
        self.count = count
    }

    /// The code point at an offset, or `nil` at the end.
    subscript(offset: Int) -> Unicode.Scalar? {
        offset < count ? text.unicodeScalars[index(offset)] : nil
    }

    /// The characters between two offsets.
    subscript(offsets: Range<Int>) -> Substring {
        text[index(offsets.lowerBound)..<index(offsets.upperBound)]
    }

    private func index(_ offset: Int) -> String.Index {
        guard offset < count else { return text.endIndex }
        guard let checkpoints else { return text.utf8.index(text.startIndex, offsetBy: offset) }
        return text.unicodeScalars.index(checkpoints[offset / Self.stride], offsetBy: offset % Self.stride)
    }
}
