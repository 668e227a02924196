import RunOutputs

extension TreeListing {
    /// Reads a recorded listing.
    ///
    /// One path stands on each line, relative to where the plan's paths start. Sizes may stand before the path, with a
    /// tab between; the output of `find -printf '%s %p\n'`, of `find -printf '%p %s %T@\n'` and of `tar -tv` is
    /// recognised if all lines have its form. A path that ends with `/`, or that other paths go through, is a directory.
    /// Lines may end with a zero byte instead (`find -print0`), and names that are not UTF-8 are kept escaped.
    ///
    /// - Parameter bytes: The listing.
    public init(parsing bytes: [UInt8]) {
        let lines = Self.lines(bytes)
        for format in ListingFormat.allCases {
            // The plain format reads any line, so one format always fits.
            guard let parsed = Self.parse(lines, format) else { continue }
            self.init(parsed)
            return
        }
        self.init([])
    }

    /// The lines, if all of them have the format.
    private static func parse(_ lines: [(text: String, isUTF8: Bool)], _ format: ListingFormat) -> [ListingLine]? {
        var parsed: [ListingLine] = []
        parsed.reserveCapacity(lines.count)
        for line in lines {
            guard var read = ListingLine(line.text, format) else { return nil }
            read.nameIsUTF8 = line.isUTF8
            parsed.append(read)
        }
        return parsed
    }

    private static func lines(_ bytes: [UInt8]) -> [(text: String, isUTF8: Bool)] {
        let ending = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
        return bytes.split(separator: ending).compactMap { line in
            let line = ending != 0 && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !line.isEmpty else { return nil }
            if let text = String(validating: line, as: UTF8.self) { return (text, true) }
            return (String(escapingInvalidUTF8: Array(line)), false)
        }
    }
}
