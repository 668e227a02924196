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
            if let type = rule.properties.fields[.contentType], let text = type.literal, !text.isMediaType {
                log.error(.illegalValue, "'\(text)' is not a media type", at: type.range) {
                    $0.help.append("write it as `text/html` or `text/html; charset=utf-8`")
                }
            }
            checkHeaders(rule.properties, &log)
            checkMetadata(rule.properties.metadata, &log)
            checkTags(rule.properties.tags, &log)
        }
    }

    private static func checkHeaders(_ properties: PropertyTemplates, _ log: inout DiagnosticLog) {
        for field in PropertyField.allCases {
            guard let template = properties.fields[field],
                let problem = template.firstProblem(PropertyLimits.headerProblem)
            else { continue }
            log.error(.refusedProperty, "`\(field.rawValue)` \(problem)", at: template.range) {
                guard field == .contentDisposition else { return }
                $0.help.append(
                    "write the name in RFC 5987's way: `attachment; filename*=UTF-8''%C3%A4.log` for 'ä.log'")
            }
        }
    }

    private static func checkMetadata(_ metadata: [NamedTemplate], _ log: inout DiagnosticLog) {
        var earlier: [String: NamedTemplate] = [:]
        var bytes = 0
        for entry in metadata {
            bytes += entry.name.value.utf8.count + entry.value.leastBytes
            if let problem = entry.value.firstProblem(PropertyLimits.headerProblem) {
                log.error(.refusedProperty, "the metadata '\(entry.name.value)' \(problem)", at: entry.value.range) {
                    $0.help.append("spell it in ASCII, or encode it: percent-encoded for example")
                }
            }
            guard let first = earlier.updateValue(entry, forKey: entry.name.value.lowercased()) else { continue }
            log.error(
                .refusedProperty, "the metadata '\(entry.name.value)' is given twice: case does not count",
                at: entry.name.range
            ) {
                $0.note("it is already given here", at: first.name.range)
            }
        }
        guard bytes > PropertyLimits.metadataBytes, let last = metadata.last else { return }
        log.error(
            .refusedProperty,
            "the metadata is \(bytes) bytes long, and S3 takes at most \(PropertyLimits.metadataBytes) besides the digest that is stored with it",
            at: last.name.range
        ) { $0.help.append("put what is long into an object of its own") }
    }

    private static func checkTags(_ tags: [NamedTemplate], _ log: inout DiagnosticLog) {
        for tag in tags {
            if let problem = PropertyLimits.tagKeyProblem(tag.name.value) {
                log.error(.refusedProperty, "the key of the tag '\(tag.name.value)' \(problem)", at: tag.name.range)
            }
            if let problem = tag.value.firstProblem(PropertyLimits.tagValueProblem) {
                log.error(.refusedProperty, "the value of the tag '\(tag.name.value)' \(problem)", at: tag.value.range)
            }
        }
        guard tags.count > PropertyLimits.tagCount else { return }
        log.error(
            .refusedProperty, "\(tags.count) tags, and S3 takes at most \(PropertyLimits.tagCount) of an object",
            at: tags[PropertyLimits.tagCount].name.range
        ) { $0.help.append("leave some out, or make them `metadata`") }
    }
}

extension Template {
    /// The first problem of what the text says by itself; values of parameters are checked where they are known.
    fileprivate func firstProblem(_ problem: (String) -> String?) -> String? {
        for part in parts {
            if case .text(let text) = part, let found = problem(text) { return found }
        }
        return nil
    }

    /// The bytes that the text has at least, whatever the values of parameters are.
    fileprivate var leastBytes: Int {
        parts.reduce(0) { sum, part in
            if case .text(let text) = part { sum + text.utf8.count } else { sum }
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
    /// Letters, digits and the marks that a token may hold
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
