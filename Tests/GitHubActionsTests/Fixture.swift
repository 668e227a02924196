import Foundation
import UploadTestSupport

/// Writes a file into the running test's directory.
///
/// - Parameters:
///   - text: The contents.
///   - name: The file's name.
/// - Returns: Its path.
/// - Throws: If it cannot be written, or the test has no directory.
func file(_ text: String, named name: String = "event.json") throws -> String {
    let url = try TemporaryDirectory.url().appending(path: name)
    try Data(text.utf8).write(to: url)
    return url.path
}

/// Random numbers that a test chooses.
struct FixedNumbers: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 { numbers.count > 1 ? numbers.removeFirst() : numbers[0] }
}
