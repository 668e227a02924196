import MarkedYAML

extension UploadPlan {
    /// Properties of objects have the form that storage and browsers expect.
    @Sendable static func checkProperties(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for rule in plan.rules {
            for entry in rule.properties.metadata where entry.name.value.lowercased() == ObjectProperties.digestName {
                log.error(
                    .illegalValue, "the metadata name '\(entry.name.value)' is reserved for the content's SHA-256",
                    at: entry.name.range
                ) {
                    $0.help.append("every upload writes it; give your value another name")
                }
            }
            guard let type = rule.properties.fields[.contentType], let text = type.literal, !text.isMediaType else {
                continue
            }
            log.error(.illegalValue, "'\(text)' is no media type", at: type.range) {
                $0.help.append("write it as `text/html` or `text/html; charset=utf-8`")
            }
        }
    }
}

extension String {
    /// Whether the text has the form `type/subtype`, perhaps with parameters
    /// ([RFC 9110, section 8.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1)).
    fileprivate var isMediaType: Bool {
        let essence = prefix { $0 != ";" && $0 != " " }.split(separator: "/", omittingEmptySubsequences: false)
        return essence.count == 2
            && essence.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isTokenByte }
            }
    }
}

extension UInt8 {
    /// Letters, digits and the marks that may stand in a token
    /// ([RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
    fileprivate var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
