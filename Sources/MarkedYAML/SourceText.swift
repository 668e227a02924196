/// A checked text, cut into lines.
public struct SourceText: Hashable, Sendable {
    /// The whole text, without a byte order mark.
    public let text: String

    static func checked(_ bytes: some Collection<UInt8>, limits: YAMLLimits) throws(YAMLSyntaxError) -> SourceText {
        SourceText(text: String(decoding: bytes, as: UTF8.self))
    }
}
