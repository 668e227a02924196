import LocalFiles
import SystemPackage

/// A stream that takes text.
struct TextStream: Sendable {
    /// Whether a person looks at it.
    let isTerminal: Bool
    /// Writes all of a text.
    let write: @Sendable (String) throws(Errno) -> Void

    /// A stream of the process.
    static func process(_ stream: StandardStreams.Stream) -> TextStream {
        TextStream(isTerminal: stream.isTerminal) { (text) throws(Errno) in
            try StandardStreams.write(text, to: stream)
        }
    }
}
