import RunOutputs

extension String {
    /// The text as renderings and URLs spell it: as it is, in JSON, in pages, in Markdown and percent-encoded.
    public var spellings: [String] {
        let inJSON = String(JSONValue.string(self).text.dropFirst().dropLast())
        return [
            self, printable, inJSON, inJSON.withoutMarkup, inMarkdown, inMarkup, percentEncodedPath,
            percentEncodedPath.replacing("/", with: "%2F"),
        ]
    }
}
