import FoundationEssentials

/// Where the next page of a list is.
public enum NextPage: Hashable, Sendable {
    case none
    /// Below the API's URL, for ``GitHubClient/get(_:)``.
    case path(String)
    /// Somewhere that the token must not be sent to, or that cannot be made out.
    case elsewhere(String)

    /// Reads `Link` headers, `<https://api.github.com/…?page=2>; rel="next", …`
    /// ([RFC 8288](https://www.rfc-editor.org/rfc/rfc8288#section-3), and for GitHub
    /// [Using pagination](https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api)).
    ///
    /// - Parameters:
    ///   - headers: The values of the headers.
    ///   - apiURL: The API's URL, without a slash at its end.
    init(_ headers: [String], below apiURL: String) {
        self = .none
        for header in headers {
            var rest = header[...]
            while let link = Link(&rest) {
                guard link.relations.contains("next") else { continue }
                self = Self.place(link.target, below: apiURL)
                return
            }
            guard rest.allSatisfy({ $0.isWhitespace || $0 == "," }) || !rest.lowercased().contains("next") else {
                self = .elsewhere(String(rest))
                return
            }
        }
    }

    private static func place(_ target: String, below apiURL: String) -> NextPage {
        guard let base = URL(string: apiURL + "/"), let url = URL(string: target, relativeTo: base)?.absoluteURL,
            url.scheme?.lowercased() == base.scheme?.lowercased(),
            url.host()?.lowercased() == base.host()?.lowercased(),
            port(of: url) == port(of: base), url.user() == nil, url.password() == nil,
            case let path = url.path(percentEncoded: true), path.hasPrefix(base.path(percentEncoded: true)),
            !path.split(separator: "/").contains("..")
        else { return .elsewhere(target) }
        let query = url.query(percentEncoded: true).map { "?\($0)" } ?? ""
        return .path(path.dropFirst(base.path(percentEncoded: true).count) + query)
    }

    private static func port(of url: URL) -> Int? { url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80) }
}

/// One link of a `Link` header.
private struct Link {
    let target: String
    /// The words of its first `rel`, in lower case.
    let relations: [String]

    /// Reads a link, and removes it from the text; `nil` where none begins.
    init?(_ text: inout Substring) {
        var rest = text.drop { $0.isWhitespace || $0 == "," }
        guard rest.first == "<", let end = rest.firstIndex(of: ">") else { return nil }
        target = String(rest[rest.index(after: rest.startIndex)..<end])
        rest = rest[rest.index(after: end)...].drop(while: \.isWhitespace)
        var relations: [String]?
        while rest.first == ";" {
            rest = rest.dropFirst().drop(while: \.isWhitespace)
            let name = rest.prefix { !$0.isWhitespace && !"=;,".contains($0) }
            rest = rest[name.endIndex...].drop(while: \.isWhitespace)
            var value = ""
            if rest.first == "=" {
                rest = rest.dropFirst().drop(while: \.isWhitespace)
                guard let found = Self.value(&rest) else { return nil }
                value = found
            }
            if name.lowercased() == "rel", relations == nil {
                relations = value.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
            }
            rest = rest.drop(while: \.isWhitespace)
        }
        guard rest.isEmpty || rest.first == "," else { return nil }
        self.relations = relations ?? []
        text = rest
    }

    /// Reads a word, or a text in quotes.
    private static func value(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let word = rest.prefix { !$0.isWhitespace && $0 != ";" && $0 != "," }
            rest = rest[word.endIndex...]
            return String(word)
        }
        var text = ""
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\": if let escaped = rest.popFirst() { text.append(escaped) }
            default: text.append(character)
            }
        }
        return nil
    }
}
