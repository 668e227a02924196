import FoundationEssentials

/// The profiles of AWS's shared `config` and `credentials` files.
struct SharedConfiguration: Sendable {
    /// The settings of each profile; those of a nested section have names such as `s3.endpoint_url`.
    private(set) var profiles: [String: [String: String]] = [:]
    /// The `[services …]` sections of the config file.
    private(set) var services: [String: [String: String]] = [:]

    /// No profile.
    init() {}

    /// Reads the text of one file; what it says wins over what was read before.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isConfig: Whether it is the config file, where a profile's section is called `[profile NAME]`.
    mutating func read(_ text: String, isConfig: Bool) {
        var section: Section?
        var parent: String?
        let mark: Unicode.Scalar = "\u{FEFF}"
        let text = text.unicodeScalars.first == mark ? String(text.unicodeScalars.dropFirst()) : text
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmed
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            if trimmed.hasPrefix("[") {
                section = Section(header: trimmed, isConfig: isConfig)
                if case .profile(let name) = section { profiles[name] = profiles[name] ?? [:] }
                parent = nil
                continue
            }
            guard let equals = trimmed.firstIndex(of: "=") else { continue }
            var name = String(trimmed[..<equals].trimmed).lowercased()
            let value = String(trimmed[trimmed.index(after: equals)...].trimmed)
            if line.first == " " || line.first == "\t", let parent {
                name = "\(parent).\(name)"
            } else {
                parent = value.isEmpty ? name : nil
            }
            set(name, value, in: section)
        }
    }

    private mutating func set(_ name: String, _ value: String, in section: Section?) {
        switch section {
        case .profile(let profile): profiles[profile, default: [:]][name] = value
        case .services(let list): services[list, default: [:]][name] = value
        case nil: break
        }
    }

    /// A setting of a profile, looked up in its services section too.
    func setting(_ name: String, profile: String) -> String? {
        let settings = profiles[profile]
        let value = settings?[name] ?? settings?["services"].flatMap { services[$0]?[name] }
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// A section that is of interest here.
private enum Section {
    case profile(String)
    case services(String)

    /// Reads `[default]`, `[profile NAME]`, `[profile 'A NAME']` or, of the credentials file, `[A NAME]`.
    ///
    /// What follows the bracket is a comment, as for the AWS CLI.
    init?(header: Substring, isConfig: Bool) {
        let inside = header.dropFirst().drop(while: \.isWhitespace)
        let kind = isConfig ? inside.prefix { !$0.isWhitespace && $0 != "]" } : ""
        let name = inside.dropFirst(kind.count).drop(while: \.isWhitespace)
        switch kind {
        case "": self = .profile(name.sectionName)
        case "default" where name.sectionName.isEmpty: self = .profile("default")
        case "profile": self = .profile(name.sectionName)
        case "services": self = .services(name.sectionName)
        default: return nil
        }
    }
}

extension Substring {
    /// The name before the closing bracket, without quotes around it.
    fileprivate var sectionName: String {
        if let quote = first, quote == "'" || quote == "\"", let end = dropFirst().firstIndex(of: quote) {
            return String(self[index(after: startIndex)..<end])
        }
        return String(prefix { $0 != "]" }.trimmed)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
