import Foundation
import RunOutputs
import Testing
import UploadTestSupport

/// What stands in an output directory.
struct PublishedObjects {
    let directory: URL
    /// The plan that knows the members of archives.
    var plan: PlanDocument?

    init(in directory: URL) { self.directory = directory }

    /// The keys of all objects.
    func keys() async throws -> Set<ExactString> {
        try await Set(SampleTree(at: directory).paths().map { ExactString($0) })
    }

    /// The bytes of an object.
    func content(of key: ExactString) throws -> Data {
        try Data(contentsOf: URL(filePath: directory.path + "/" + key.text))
    }

    /// The members of an archive, or the links of a page but the one to its parent.
    func listing(of key: ExactString) throws -> [String] {
        let operation = plan?.operations.first { ExactString($0.key) == key }
        if let archive = operation?.archive { return archive.members.map(\.name) }
        let page = String(decoding: try content(of: key), as: UTF8.self)
        return page.matches(of: /<th scope="row"><a href="([^"]*)"/).map { match in
            let link = String(match.1).replacing("&amp;", with: "&")
            return link.removingPercentEncoding ?? link
        }
    }
}
