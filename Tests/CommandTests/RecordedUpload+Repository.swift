import Foundation
import RunOutputs
import UploadTestSupport

/// One script builds a package repository in the directory that it is given, and uploads it as it goes. Our plan
/// publishes a finished repository: here is the one that the script left behind.
extension RecordedUpload {
    private var packageType: String? {
        guard script.hasSuffix("package_repo"), let flag = argv.firstIndex(of: "--pkg-type") else { return nil }
        return argv[flag + 1]
    }

    /// Whether an entry of the tree is a package that the script moves into the repository.
    func isPartOfRepository(_ path: String) -> Bool {
        guard let packageType else { return false }
        return path.hasSuffix(".\(packageType)") && path.split(separator: "/").count == 2
    }

    /// The files of the repository.
    func repository() throws -> [(path: String, entry: SampleEntry)] {
        guard let packageType else { return [] }
        let prefix = "\(prefix)/packages/\(packageType)/"
        return try objects.filter { $0.key.hasPrefix(prefix) }.map { object in
            let content = try object.source.map { try self.content(of: ExactString($0)) } ?? Data("metadata".utf8)
            return ("pk/" + object.key.dropFirst(prefix.count), SampleEntry(.file(content)))
        }
    }
}
