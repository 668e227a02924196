import LocalFiles
import SystemPackage

extension StoreError {
    /// Says why a file cannot be written in the output directory.
    init(destination error: Errno) {
        let code: Code = [Errno.permissionDenied, .notPermitted].contains(error) ? .accessDenied : .destination
        self.init(code, "cannot be written: \(error)", hint: Self.hint(for: error))
    }

    /// Says why a directory on the way to the place cannot be used.
    ///
    /// - Parameters:
    ///   - path: The directory, relative to the output directory.
    ///   - kind: What is there.
    ///   - error: What the system answered.
    init(blockedBy path: String, kind: FileStatus.Kind?, _ error: Errno) {
        switch kind {
        case .symlink:
            self.init(
                .destination, "'\(path)' in the output directory is a symlink, and those are not written through",
                hint: "replace it by a directory")
        case .regular, .special:
            self.init(
                .destination, "'\(path)' in the output directory is a file, and a directory is needed there",
                hint: "remove it, or choose another destination")
        case .directory, nil:
            self.init(destination: error)
        }
    }

    private static func hint(for error: Errno) -> String? {
        switch error {
        case .noSpace, .diskQuotaExceeded: "free space there, or choose another output directory"
        case .permissionDenied, .notPermitted: "make the output directory writable for this user"
        case .readOnlyFileSystem: "choose another output directory"
        case .fileNameTooLong:
            "file systems take names of 255 bytes at most: shorten it, or put the files in an archive"
        case .isDirectory: "it is a directory: remove it, or choose another destination"
        default: nil
        }
    }
}
