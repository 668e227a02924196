import UploadPlanning

/// Outputs as the file of `GITHUB_OUTPUT` holds them.
enum StepOutputText {
    /// Writes outputs.
    ///
    /// - Parameters:
    ///   - outputs: The outputs.
    ///   - generator: Where delimiters of multi-line values come from.
    /// - Returns: `name=value` for values of one line, and `name<<delimiter`, the value and the delimiter for others.
    /// - Throws: ``StepFileError`` for the first name that is illegal.
    static func text(
        _ outputs: [RunSummary.Output], using generator: inout some RandomNumberGenerator
    ) throws(StepFileError) -> String {
        var text = ""
        for output in outputs {
            guard output.name.isOutputName else { throw .illegalName(output.name) }
            if output.value.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
                let delimiter = delimiter(notIn: output.value, using: &generator)
                text += "\(output.name)<<\(delimiter)\n\(output.value)\n\(delimiter)\n"
            } else {
                text += "\(output.name)=\(output.value)\n"
            }
        }
        return text
    }

    private static func delimiter(notIn value: String, using generator: inout some RandomNumberGenerator) -> String {
        while true {
            let number = UInt128.random(in: .min ... .max, using: &generator)
            let delimiter = "end_\(String(number, radix: 16))"
            if !value.contains(delimiter) { return delimiter }
        }
    }
}

extension String {
    /// Whether an output can have this name: letters, digits, `-` and `_`, and no digit or `-` at its start.
    fileprivate var isOutputName: Bool {
        guard let first = utf8.first, first.isLetter || first == UInt8(ascii: "_") else { return false }
        return utf8.allSatisfy { byte in
            byte.isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }
}
