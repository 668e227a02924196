import Foundation
import RunOutputs
import Testing
import UploadTestSupport

/// What a run has published.
struct PublishedObjects {
    /// The content of each object, by its key.
    private let contents: [ExactString: Data]
    /// The content types and buckets of objects; none of those in a directory.
    let properties: [ExactString: (type: String?, bucket: String)]
    /// The plan that knows the members of archives.
    var plan: PlanDocument?

    /// Reads a store.
    init(in store: ObjectStore) {
        let objects = store.objects
        contents = Dictionary(uniqueKeysWithValues: objects.map { ($0.key.key, Data($0.value.bytes)) })
        properties = Dictionary(
            uniqueKeysWithValues: objects.map { ($0.key.key, ($0.value.contentType, $0.key.bucket)) })
    }

    /// Reads an output directory.
    init(in directory: URL) throws {
        let paths = try SampleTree(at: directory).paths()
        contents = try Dictionary(
            uniqueKeysWithValues: paths.map { path in
                (ExactString(path), try Data(contentsOf: URL(filePath: directory.path + "/" + path)))
            })
        properties = [:]
    }

    /// The keys of all objects.
    var keys: Set<ExactString> { Set(contents.keys) }

    /// The bytes of an object.
    func content(of key: ExactString) throws -> Data { try #require(contents[key]) }

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
