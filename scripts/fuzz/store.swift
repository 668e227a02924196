// Compiled into one module with what it tests by scripts/fuzz.sh, so that it sees what is internal there.
import FoundationEssentials

private let parser = ProcessInfo.processInfo.environment["FUZZED_PARSER"] ?? ""

/// Reads one input as `FUZZED_PARSER` says, and checks what must hold for any input.
///
/// A violation crashes, which libFuzzer records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    switch parser {
    case "answer": checkAnswer(input)
    case "ini": checkConfiguration(String(decoding: input, as: UTF8.self))
    default: preconditionFailure("FUZZED_PARSER names no parser of this program")
    }
    return 0
}

private func checkAnswer(_ input: [UInt8]) {
    do throws(XMLSyntaxError) {
        let element = try XMLElement(parsing: input)
        precondition(!element.name.isEmpty || input.contains(0x3A), "an element has a name")
        _ = Date(iso8601: element["LastModified"]?.text ?? element.text)
        guard let page = try? ListedPage(element, below: "run/") else { return }
        for object in page.objects {
            precondition(object.size >= 0, "a size is none below zero")
            precondition(object.key.text.utf8.starts(with: "run/".utf8), "a key is below the prefix that was asked for")
            precondition(!object.key.text.split(separator: "/").contains(".."), "no key leads upwards")
        }
    } catch {
        precondition(!error.problem.isEmpty && error.line >= 1, "a refusal has a reason")
    }
}

private func checkConfiguration(_ input: String) {
    for isConfig in [true, false] {
        var configuration = SharedConfiguration()
        configuration.read(input, isConfig: isConfig)
        var again = configuration
        again.read(input, isConfig: isConfig)
        precondition(again.profiles == configuration.profiles, "what is read twice says the same")
        for profile in configuration.profiles.keys {
            let value = configuration.setting("region", profile: profile)
            precondition(value?.isEmpty != true, "an empty setting is none")
        }
        var longer = configuration
        longer.read("\n[default]\nregion = here\n", isConfig: isConfig)
        precondition(longer.setting("region", profile: "default") == "here", "a section behind it is found")
    }
}

/// What a page of a listing throws, without the client that it comes from.
struct S3Failure: Error {
    enum Kind { case other }
    var kind: Kind
    var message: String
    var hint: String?
}

extension String {
    /// As in ObjectHead.swift, which knows the client.
    var withoutQuotes: String {
        count > 1 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
    }

    /// As in TextStyle.swift.
    var printable: String { self }
}
