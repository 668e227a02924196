/// The platform that a run's outputs were built for.
public enum Platform: String, CaseIterable, Hashable, Sendable {
    case linux
    case windows
}

/// Where all outputs of one workflow run live: a bucket and a prefix in it.
///
/// The prefix is `{external prefix}{run id}-{platform}`, without a slash at either end.
public struct RunOutputRoot: Hashable, Sendable {
    /// The bucket's name.
    public let bucket: String
    /// Empty, or `{owner}-{repository}/` for runs of other repositories and of forks.
    public let externalPrefix: String
    /// The workflow run's id, or `local`.
    public let runID: String
    /// The platform of the outputs.
    public let platform: Platform

    /// Makes a root from its parts.
    ///
    /// - Parameters:
    ///   - bucket: The bucket's name.
    ///   - externalPrefix: Empty, or `{owner}-{repository}/` with its slash.
    ///   - runID: The workflow run's id: one segment of a key.
    ///   - platform: The platform of the outputs.
    /// - Throws: ``InvalidPathValue`` if the external prefix or the run id cannot be part of a key.
    public init(
        bucket: String, externalPrefix: String = "", runID: String, platform: Platform
    ) throws(InvalidPathValue) {
        if !externalPrefix.isEmpty {
            guard externalPrefix.utf8.last == UInt8(ascii: "/") else { throw .noTrailingSlash }
            try OutputArgument.path.check(String(externalPrefix.unicodeScalars.dropLast()))
        }
        try InvalidPathValue.check(segment: runID)
        self.bucket = bucket
        self.externalPrefix = externalPrefix
        self.runID = runID
        self.platform = platform
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
    }

    /// The root for use without a workflow run: no policy, no environment.
    ///
    /// - Parameters:
    ///   - runID: An id of one's own choice.
    ///   - platform: The platform of the outputs.
    ///   - bucket: A name that stands in for a bucket's.
    /// - Returns: A root without external prefix, by default `local/local-{platform}`.
    /// - Throws: ``InvalidPathValue`` if the run id cannot be part of a key.
    public static func forLocalUse(
        runID: String = "local", platform: Platform, bucket: String = "local"
    ) throws(InvalidPathValue) -> RunOutputRoot {
        try RunOutputRoot(bucket: bucket, runID: runID, platform: platform)
    }

    /// What every key of the run starts with, without a trailing slash.
    public var prefix: String { "\(externalPrefix)\(runID)-\(platform.rawValue)" }

    /// Returns where a term of the vocabulary lives.
    ///
    /// - Parameters:
    ///   - term: The term.
    ///   - arguments: A value for each argument of the term; further ones are ignored.
    /// - Returns: The object's location, or for a directory term the prefix without a trailing slash.
    /// - Throws: ``OutputTerm/InvalidArgument`` for the first argument that is missing or illegal.
    public func location(
        of term: OutputTerm, _ arguments: [OutputArgument: String] = [:]
    ) throws(OutputTerm.InvalidArgument) -> OutputLocation {
        var path = prefix
        for segment in term.segments {
            var text = ""
            for piece in segment.pieces {
                switch piece {
                case .text(let literal): text += literal
                case .parameter(let parameter): text += try parameter.value(in: arguments)
                }
            }
            if !text.isEmpty { path += "/" + text }
        }
        return OutputLocation(bucket: bucket, key: ExactString(path))
    }
}

extension OutputTerm {
    /// Why a term's location cannot be computed.
    public struct InvalidArgument: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong with an argument.
        public enum Reason: Hashable, Sendable {
            /// No value was given.
            case missing
            /// The value cannot be part of a key.
            case illegal(value: String, InvalidPathValue)
        }

        /// The argument.
        public let argument: OutputArgument
        /// What is wrong with it.
        public let reason: Reason

        /// The problem in words.
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

extension OutputTerm.Parameter {
    fileprivate func value(in arguments: [OutputArgument: String]) throws(OutputTerm.InvalidArgument) -> String {
        guard let value = arguments[argument] else {
            if mayBeEmpty { return "" }
            throw OutputTerm.InvalidArgument(argument: argument, reason: .missing)
        }
        if value.isEmpty, mayBeEmpty { return "" }
        do {
            try argument.check(value)
        } catch {
            throw OutputTerm.InvalidArgument(argument: argument, reason: .illegal(value: value, error))
        }
        return value
    }
}
