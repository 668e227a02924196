import HTTPConnections
import UploadPlanning

extension HTTPResponse {
    /// The first words of the body as a reader of the page sees them, in one line; `nil` where there are none.
    var excerpt: String? {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        let words = text.withoutMarkup.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !words.isEmpty else { return text.isEmpty ? nil : "a page without text" }
        let start = words.prefix(Self.longestExcerpt)
        return "\u{201C}\(String(start).printable)\u{201D}" + (start.endIndex < words.endIndex ? " …" : "")
    }

    private static let longestExcerpt = 160
}

extension String {
    /// The text without tags, and without what stands in elements that nobody reads.
    fileprivate var withoutMarkup: String {
        var words = ""
        var rest = self[...]
        while let tag = rest.firstIndex(of: "<") {
            words += rest[..<tag] + " "
            rest = rest[tag...].dropFirst()
            let name = rest.prefix { $0.isLetter }.lowercased()
            rest = rest.firstIndex(of: ">").map { rest[rest.index(after: $0)...] } ?? ""
            guard name == "script" || name == "style" else { continue }
            rest = rest.firstRange(of: "</").map { rest[$0.lowerBound...] } ?? ""
        }
        return words + rest
    }
}
