import FoundationEssentials

/// The profiles of AWS's shared `config` and `credentials` files.
struct SharedConfiguration: Sendable {
    /// The settings of each profile; those of a nested section have names such as `s3.endpoint_url`.
    private(set) var profiles: [String: [String: String]] = [:]
    /// The `[services …]` sections of the config file.
    private(set) var services: [String: [String: String]] = [:]
    /// The files that were read.
    private(set) var files: [String] = []

    /// No profile.
    init() {}

    /// Reads the files that the environment names, or those in the home directory; absent ones are empty.
    init(environment: [String: String]) {
        let home = environment["HOME"] ?? ""
        let files = [
            (environment["AWS_CONFIG_FILE"] ?? "\(home)/.aws/config", true),
            (environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(home)/.aws/credentials", false),
        ]
        for (path, isConfig) in files {
            guard let data = try? Data(contentsOf: URL(filePath: path.expandingHome(home))) else { continue }
            self.files.append(path)
            read(String(decoding: data, as: UTF8.self), isConfig: isConfig)
        }
    }

    /// Reads the text of one file; what it says wins over what was read before.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isConfig: Whether it is the config file, where a profile's section is called `[profile NAME]`.
    mutating func read(_ text: String, isConfig: Bool) {
        var section: [Substring] = []
        var parent: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmed
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            if trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") {
                section = trimmed.dropFirst().prefix(upTo: end).split(separator: " ", maxSplits: 1).map(\.trimmed)
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
            set(name, value, in: section, isConfig: isConfig)
        }
    }

    private mutating func set(_ name: String, _ value: String, in section: [Substring], isConfig: Bool) {
        if section.count == 2, isConfig {
            if section[0] == "profile" { profiles[String(section[1]), default: [:]][name] = value }
            if section[0] == "services" { services[String(section[1]), default: [:]][name] = value }
        } else if section.count == 1, section[0] == "default" || !isConfig {
            profiles[String(section[0]), default: [:]][name] = value
        }
    }

    /// A setting of a profile, looked up in its services section too.
    func setting(_ name: String, profile: String) -> String? {
        let settings = profiles[profile]
        let value = settings?[name] ?? settings?["services"].flatMap { services[$0]?[name] }
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension String {
    /// The path with a leading `~/` replaced by the home directory.
    fileprivate func expandingHome(_ home: String) -> String { hasPrefix("~/") ? home + dropFirst() : self }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
