import LocalFiles

extension SharedConfiguration {
    /// Reads the files that the environment names, or those in the home directory; absent ones are empty.
    init(environment: [String: String]) {
        self.init()
        let home = environment["HOME"] ?? ""
        let files = [
            (environment["AWS_CONFIG_FILE"] ?? "\(home)/.aws/config", true),
            (environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(home)/.aws/credentials", false),
        ]
        for (path, isConfig) in files {
            guard let bytes = try? SmallFile.read(path.expandingHome(home), limit: 16 << 20) else { continue }
            read(String(decoding: bytes, as: UTF8.self), isConfig: isConfig)
        }
    }
}

extension String {
    /// The path with a leading `~/` replaced by the home directory.
    fileprivate func expandingHome(_ home: String) -> String { hasPrefix("~/") ? home + dropFirst() : self }
}
