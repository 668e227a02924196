import FoundationEssentials

extension Sequence<UInt8> {
    /// The bytes in base 64, with padding.
    var base64: String { Data(self).base64EncodedString() }
}
