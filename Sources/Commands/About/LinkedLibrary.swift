import CDeflate
import CExpat
import CLibArchive
import CLibYAML
import CZlib

/// A library that is part of the program, or that it loads.
struct LinkedLibrary {
    /// As its makers call it.
    var name: String
    /// As it says itself.
    var version: String

    /// The system's libraries that this program works with, by their names.
    static let ofSystem: [LinkedLibrary] = {
        var libraries = [
            LinkedLibrary(name: "libdeflate", version: LIBDEFLATE_VERSION_STRING),
            LinkedLibrary(name: "libyaml", version: unsafe String(cString: yaml_get_version_string())),
            LinkedLibrary(name: "zlib", version: unsafe String(cString: zlibVersion())),
        ]
        // "expat_2.5.0"
        if let name = unsafe XML_ExpatVersion() {
            let words = unsafe String(cString: name).split(separator: "_")
            libraries += words.dropFirst().map { LinkedLibrary(name: "libexpat", version: String($0)) }
        }
        // "libarchive 3.6.2 zlib/1.2.13 liblzma/5.4.1 bz2lib/1.0.8 liblz4/1.9.4 libzstd/1.5.4"
        if let details = unsafe archive_version_details() {
            let words = unsafe String(cString: details).split(separator: " ")
            libraries += words.dropFirst().prefix(1).map { LinkedLibrary(name: "libarchive", version: String($0)) }
            for word in words.dropFirst(2) {
                let parts = word.split(separator: "/")
                guard parts.count == 2, parts[0] != "zlib" else { continue }
                libraries.append(
                    LinkedLibrary(name: parts[0] == "bz2lib" ? "libbz2" : String(parts[0]), version: String(parts[1])))
            }
        }
        return libraries.sorted { $0.name < $1.name }
    }()
}
