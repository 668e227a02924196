// Compiled into one module with what it tests by scripts/fuzz-reading.sh, so that it sees what is internal there.
import FoundationEssentials

/// Reads one input as a checksum file and as a `Link` header, and checks what must hold for any input.
///
/// A violation crashes, which libFuzzer records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    checkSidecar(input)
    checkNextPage(String(decoding: input, as: UTF8.self))
    return 0
}

private let name = "a_lib_generic.tar.xz"
private let digest = String(repeating: "0123456789abcdef", count: 4)

private func checkSidecar(_ input: [UInt8]) {
    if let found = digests(input).first {
        precondition(found.utf8.count == 64 && found == found.lowercased(), "a digest has one form")
    }
    // A good line in front is never overruled, unless by a byte order mark that makes all of it something else.
    let withLine = Array("\(digest)  \(name)\n".utf8) + input
    precondition(digests(withLine).contains(digest), "a line that is there is found")
}

/// The digests that are found: more than one in a contradiction.
private func digests(_ input: [UInt8]) -> [String] {
    do throws(SHA256Sidecar.Contradiction) {
        return try SHA256Sidecar.digest(in: input, of: name).map { [$0] } ?? []
    } catch {
        precondition(Set(error.digests).count > 1, "a contradiction is one")
        return error.digests
    }
}

private func checkNextPage(_ header: String) {
    let api = "https://api.example/v3"
    guard case .path(let path) = NextPage([header], below: api) else { return }
    guard let url = URL(string: "\(api)/\(path)") else { preconditionFailure("the next page has a URL") }
    precondition(url.host() == "api.example" && url.scheme == "https" && url.port == nil, "the token stays at home")
    precondition(url.user() == nil, "nobody else is spoken to")
    precondition(url.standardized.path().hasPrefix("/v3/"), "the page is below the API")
}
