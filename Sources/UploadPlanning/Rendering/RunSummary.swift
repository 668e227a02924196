/// What plans tell the job about uploads that are done: its summary, its outputs, and what was left out of them.
public struct RunSummary: Hashable, Sendable {
    /// One output of the job.
    public struct Output: Hashable, Sendable {
        /// The name that later steps read.
        public var name: String
        /// The value, of one line or of several.
        public var value: String

        /// Joins a name and a value.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The entries of the summary in Markdown, in the order of the plans.
    public var entries: [String]
    /// The outputs, each name once.
    public var outputs: [Output]
    /// What is in the plans and not above.
    public var omissions: [Omission]

    /// Joins entries, outputs and omissions; nothing unless given.
    public init(entries: [String] = [], outputs: [Output] = [], omissions: [Omission] = []) {
        self.entries = entries
        self.outputs = outputs
        self.omissions = omissions
    }

    /// The whole summary: each entry and a blank line.
    public var markdown: String { entries.map(Self.paragraph).joined() }

    /// An entry as it is written: followed by a blank line, so that the next one is a paragraph of its own.
    ///
    /// - Parameter entry: An entry of the summary.
    /// - Returns: The text to append to a summary.
    public static func paragraph(_ entry: String) -> String { entry + "\n\n" }
}

extension RunSummary {
    /// An entry or an output that is not written, and why.
    public struct Omission: Hashable, Sendable, CustomStringConvertible {
        /// Why something is not written.
        public enum Reason: Hashable, Sendable {
            /// There is no such object, and nothing below that place: an S3 URI.
            case notStored(String)
            /// Objects went to a directory, which has no S3 URIs.
            case noBucket
            /// Objects went to a directory, and the page is one that a server makes.
            case noServer
            /// A rule that the text speaks of stored nothing.
            case ruleStoredNothing(String)
            /// A later output has the same name: its plan's file and line.
            case replaced(by: String)
        }

        /// Where the entry stands: its plan's file and line.
        public var place: String
        /// What is left out, in words.
        public var subject: String
        /// Why it is left out.
        public var reason: Reason

        /// Where, what and why, in one line.
        public var description: String {
            let explanation =
                switch reason {
                case .notStored(let uri): "nothing was stored at \(uri)"
                case .noBucket: "an output directory has no S3 URIs"
                case .noServer: "the server makes this page, and nothing was uploaded to a bucket"
                case .ruleStoredNothing(let rule): "rule '\(rule)' stored nothing"
                case .replaced(let place): "the output of the same name at \(place) comes later"
                }
            return "\(place): \(subject) is left out: \(explanation)".printable
        }
    }
}
