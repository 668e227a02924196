import FoundationEssentials
import LocalFiles
public import RunOutputs
import Synchronization
public import UploadPlanning

/// Looks into files before any of them moves.
public enum SecretScan {
    /// The most bytes of a file that are looked at.
    ///
    /// Credentials are in small files, and at the start of logs, where the environment is printed.
    static let limit = 256 << 10

    /// Files that begin with a NUL among so many bytes are not text.
    private static let binaryCheck = 8 << 10

    /// Returns why files look like credentials.
    ///
    /// Only text is looked at, and not what cannot be read: that fails its own operation.
    ///
    /// - Parameter files: The files, each once; they need not be in memory together.
    /// - Returns: For each file that looks so the reason, as the end of a sentence.
    public static func secrets(in files: some Sequence<SourceFile>) async -> [ExactString: String] {
        await withTaskGroup(of: [ExactString: String].self) { group in
            var secrets: [ExactString: String] = [:]
            var rest = files.makeIterator()
            var tasks = 0
            while true {
                var batch: [SourceFile] = []
                while batch.count < filesPerTask, let file = rest.next() { batch.append(file) }
                if batch.isEmpty { break }
                if tasks >= tasksAtOnce, let found = await group.next() { secrets.merge(found) { first, _ in first } }
                group.addTask { [batch] in Self.secrets(in: batch) }
                tasks += 1
            }
            return await group.reduce(into: secrets) { $0.merge($1) { first, _ in first } }
        }
    }

    private static let filesPerTask = 1024
    private static let tasksAtOnce = 8

    private static func secrets(in files: [SourceFile]) -> [ExactString: String] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 64)
        defer { unsafe buffer.deallocate() }
        var secrets: [ExactString: String] = [:]
        let directories = SourceDirectories()
        for file in files where file.version.size >= TokenPattern.shortestRun {
            let count = unsafe readStart(of: file, in: directories, into: buffer)
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
            let text = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            guard let match = unsafe SecretSearch.match(in: text.span, isGitConfiguration: file.isGitConfiguration)
            else { continue }
            let line = unsafe text[..<match.offset].count { $0 == UInt8(ascii: "\n") } + 1
            secrets[file.path] = "line \(line) holds \(match.what) ('\(match.pattern)')"
        }
        return secrets
    }

    /// Reads what is to be looked at.
    ///
    /// - Returns: How many bytes; 0 if the file is not text, or cannot be read.
    private static func readStart(
        of file: SourceFile, in directories: SourceDirectories, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let descriptor = try? directories.open(file).descriptor else { return 0 }
        let wanted = min(Int(clamping: file.version.size), limit)
        var count = 0
        while count < wanted {
            let next = unsafe UnsafeMutableRawBufferPointer(
                rebasing: buffer[count..<(count == 0 ? min(wanted, 16 << 10) : wanted)])
            guard let read = try? unsafe descriptor.read(into: next), read > 0 else { break }
            if count == 0, unsafe buffer[..<min(read, binaryCheck)].contains(0) { return 0 }
            count += read
        }
        return count
    }
}

extension SourceFile {
    /// Whether Git keeps the settings of a repository or of a submodule in it.
    fileprivate var isGitConfiguration: Bool {
        guard path.text.utf8.suffix(7).elementsEqual("/config".utf8) else { return false }
        return path.text.split(separator: "/").contains(".git")
    }
}

/// The secrets that a run has met: they are taken out of everything that it shows.
public final class KnownSecrets: Sendable {
    private let redactor = Mutex(Redactor())

    public init() {}

    /// Takes note of a secret, and of how it is spelled in what is shown.
    public func add(_ secret: String) {
        let inHTML: HTML = "\(secret)"
        let spellings = secret.spellings + [String(decoding: inHTML.bytes, as: UTF8.self)]
        redactor.withLock { redactor in
            for spelling in spellings { redactor.add(spelling) }
        }
    }

    /// Takes note of the values of parameters that plans declare secret.
    public func add(_ plans: [ValidatedPlan], _ inputs: ParameterInputs) {
        for secret in plans.flatMap({ $0.secrets(in: inputs) }) { add(secret) }
    }

    /// Takes note of the variables that hold secrets, and of the passwords in the URLs of stores and proxies.
    public func add(environment: [String: String]) {
        for name in Self.variables { environment[name].map { add($0) } }
        for name in Self.urls { environment[name].map { add(url: $0) } }
    }

    /// Takes note of the password in a URL, as it is there and decoded.
    public func add(url: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        guard let at = rest.lastIndex(of: "@") else { return }
        let userInfo = rest[..<at]
        let password = userInfo.firstIndex(of: ":").map { userInfo[userInfo.index(after: $0)...] } ?? userInfo
        add(String(password))
        if let decoded = URL(string: url)?.password(percentEncoded: false) { add(decoded) }
    }

    /// Returns text without the secrets.
    public func redacted(_ text: String) -> String { redactor.withLock { $0 }.redacted(text) }

    private static let variables = [
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GITHUB_TOKEN", "GH_TOKEN",
    ]

    private static let urls = [
        "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "https_proxy", "HTTPS_PROXY", "http_proxy",
        "HTTP_PROXY", "all_proxy", "ALL_PROXY", "GITHUB_API_URL", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
}
