extension String {
    /// The text with control characters spelled out, `\n` as `\u{A}`: safe to print on one line.
    ///
    /// Values come from outside, and a line of their own in a log could be taken for a command of the workflow.
    public var escapingControlCharacters: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control
                ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }
        .joined()
    }
}

extension String {
    /// Reads bytes, and writes those that are not UTF-8 as `\xFF`.
    ///
    /// - Parameter bytes: The bytes, of a file's name for example.
    public init(escapingInvalidUTF8 bytes: [UInt8]) {
        self = ""
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var position = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                unicodeScalars.append(Unicode.UTF8.decode(encoded))
                position += encoded.count
            case .error(let length):
                for byte in bytes[position..<position + length] {
                    let digits = String(byte, radix: 16, uppercase: true)
                    self += "\\x" + (digits.count == 1 ? "0" : "") + digits
                }
                position += length
            case .emptyInput:
                return
            }
        }
    }
}
