/// The platform that a run's outputs were built for: a name that the layout lists.
public struct Platform: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    /// Wraps a name; whether there is such a platform, the layout says.
    public init?(rawValue: String) {
        guard (try? InvalidPathValue.check(segment: rawValue)) != nil else { return nil }
        self.rawValue = rawValue
    }

    private init(known: String) { rawValue = known }

    public static let linux = Platform(known: "linux")
    public static let windows = Platform(known: "windows")
    /// macOS.
    public static let macos = Platform(known: "macos")
}

/// Where all outputs of one workflow run live: a bucket and a prefix in it.
///
/// What the prefix consists of, the layout says; it has no slash at either end.
public struct RunOutputRoot: Hashable, Sendable {
    public let bucket: String
    /// Empty, or `{owner}-{repository}/` for runs of other repositories and of forks.
    public let externalPrefix: String
    /// The workflow run's id, or `local`.
    public let runID: String
    /// The platform of the outputs.
    public let platform: Platform
    /// What else the layout describes a run by.
    public let values: [String: String]
    /// The run's release type, which may decide about the prefix and about how long objects are kept.
    public let releaseType: String
    /// Where outputs may live.
    public let layout: Layout
    /// What every key of the run starts with, without a trailing slash.
    public let prefix: String

    /// Makes a root from its parts.
    ///
    /// - Parameters:
    ///   - bucket: The bucket's name.
    ///   - externalPrefix: Empty, or `{owner}-{repository}/` with its slash.
    ///   - runID: The workflow run's id: one segment of a key.
    ///   - platform: The platform of the outputs.
    ///   - values: What else the layout describes a run by.
    ///   - releaseType: The run's release type, which may decide about the prefix.
    ///   - layout: Where outputs may live.
    /// - Throws: ``InvalidPathValue`` if the external prefix or a value cannot be part of a key.
    public init(
        bucket: String, externalPrefix: String = "", runID: String, platform: Platform, values: [String: String] = [:],
        releaseType: String = RunContext.ordinaryReleaseType, layout: Layout = .builtIn
    ) throws(InvalidPathValue) {
        if !externalPrefix.isEmpty {
            guard externalPrefix.utf8.last == UInt8(ascii: "/") else { throw .noTrailingSlash }
            try InvalidPathValue.check(path: String(externalPrefix.unicodeScalars.dropLast()))
        }
        try InvalidPathValue.check(segment: runID)
        self.bucket = bucket
        self.externalPrefix = externalPrefix
        self.runID = runID
        self.platform = platform
        self.values = values
        self.releaseType = releaseType
        self.layout = layout
        let given = Self.runValues(runID, platform, values)
        for name in layout.neededRunArguments(for: releaseType) {
            try layout.runArgument(named: name)?.argument.check(given[name] ?? "")
        }
        prefix = Self.prefix(layout, releaseType, externalPrefix, given)
    }

    /// Makes the root of a run in the bucket that was chosen for it.
    ///
    /// - Parameters:
    ///   - context: The run.
    ///   - selection: The bucket.
    public init(of context: RunContext, in selection: BucketSelection) {
        bucket = selection.bucket.text
        externalPrefix = selection.externalPrefix
        runID = context.runID.value
        platform = context.platform.value
        values = context.values.mapValues(\.value)
        releaseType = context.releaseType.value
        layout = context.layout
        prefix = Self.prefix(
            layout, releaseType, externalPrefix, Self.runValues(runID, platform, values))
    }

    private static func runValues(
        _ runID: String, _ platform: Platform, _ values: [String: String]
    ) -> [String: String] {
        var values = values
        values[Layout.runID] = runID
        values[Layout.platform] = platform.rawValue
        return values
    }

    /// Puts values into the prefix; an external prefix that it does not name comes before it.
    private static func prefix(
        _ layout: Layout, _ releaseType: String, _ externalPrefix: String, _ values: [String: String]
    ) -> String {
        guard let template = layout.prefix(for: releaseType) else { return "" }
        let path = template.segments.map { segment in
            segment.map { piece in
                switch piece {
                case .text(let text): text
                case .argument(Layout.externalPrefix): externalPrefix
                case .argument(let name): values[name] ?? ""
                }
            }.joined()
        }.joined(separator: "/")
        return template.arguments.contains(Layout.externalPrefix) ? path : externalPrefix + path
    }

    /// The root for use without a workflow run: no policy, no environment.
    ///
    /// - Parameters:
    ///   - runID: An id of one's own choice.
    ///   - platform: The platform of the outputs.
    ///   - bucket: A name that stands in for a bucket's.
    ///   - values: What else the layout describes a run by; what is missing is called `local`.
    ///   - releaseType: The run's release type, which may decide about the prefix.
    ///   - layout: Where outputs may live.
    /// - Returns: A root without external prefix, by default `local/local-{platform}`.
    /// - Throws: ``InvalidPathValue`` if a value cannot be part of a key.
    public static func forLocalUse(
        runID: String = "local", platform: Platform, bucket: String = "local", values: [String: String] = [:],
        releaseType: String = RunContext.ordinaryReleaseType, layout: Layout = .builtIn
    ) throws(InvalidPathValue) -> RunOutputRoot {
        var all = values
        for name in layout.neededRunArguments(for: releaseType) where all[name] == nil {
            guard let argument = layout.runArgument(named: name), name != Layout.runID, name != Layout.platform else {
                continue
            }
            let stated = argument.defaultValue.flatMap { $0 == Layout.RunArgument.hostDefault ? nil : $0 }
            all[name] = stated ?? argument.argument.legalValues?.first ?? "local"
        }
        return try RunOutputRoot(
            bucket: bucket, runID: runID, platform: platform, values: all, releaseType: releaseType, layout: layout)
    }

    /// Returns where a term of the layout lives.
    ///
    /// - Parameters:
    ///   - term: The term.
    ///   - arguments: A value for each argument of the term, by name; further ones are ignored.
    /// - Returns: The object's location, or for a directory term the prefix without a trailing slash.
    /// - Throws: ``OutputTerm/InvalidArgument`` for the first argument that is missing or illegal.
    public func location(
        of term: OutputTerm, _ arguments: [String: String] = [:]
    ) throws(OutputTerm.InvalidArgument) -> OutputLocation {
        var path = prefix
        for segment in term.segments {
            var text = ""
            for piece in segment {
                switch piece {
                case .text(let literal): text += literal
                case .parameter(let argument): text += try argument.value(in: arguments)
                }
            }
            if !text.isEmpty { path += "/" + text }
        }
        return OutputLocation(bucket: bucket, key: ExactString(path))
    }

    /// Returns where the term of a role lives; it has no arguments.
    ///
    /// - Throws: ``MissingRole``.
    public func location(of role: Layout.Role) throws(MissingRole) -> OutputLocation {
        let term = try layout.term(of: role)
        guard let location = try? location(of: term) else {
            preconditionFailure("`\(term.name)` has a role, and arguments")
        }
        return location
    }

    /// Where everything of the run lives.
    public var location: OutputLocation { OutputLocation(bucket: bucket, key: ExactString(prefix)) }
}

extension OutputTerm {
    /// Why a term's location cannot be computed.
    public struct InvalidArgument: Error, Equatable, Sendable, CustomStringConvertible {
        /// What is wrong with an argument.
        public enum Reason: Equatable, Sendable {
            /// No value was given.
            case missing
            /// The value cannot be part of a key.
            case illegal(value: String, InvalidPathValue)
        }

        public let argument: OutputArgument
        public let reason: Reason

        public var description: String {
            switch reason {
            case .missing: "argument '\(argument.name)' is missing"
            case .illegal(_, .empty): "argument '\(argument.name)' is empty"
            case .illegal(let value, let rule):
                "argument '\(argument.name)': '\(value.escapingControlCharacters)' \(rule)"
            }
        }
    }
}

extension OutputArgument {
    fileprivate func value(in arguments: [String: String]) throws(OutputTerm.InvalidArgument) -> String {
        guard let value = arguments[name] else {
            if mayBeEmpty { return "" }
            throw OutputTerm.InvalidArgument(argument: self, reason: .missing)
        }
        if value.isEmpty, mayBeEmpty { return "" }
        do {
            try check(value)
        } catch {
            throw OutputTerm.InvalidArgument(argument: self, reason: .illegal(value: value, error))
        }
        return value
    }
}
