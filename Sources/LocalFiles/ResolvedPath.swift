import Glibc

extension String {
    /// The path without symlinks, as far as it exists; what does not exist yet is kept as it is written.
    package var resolvedPath: String {
        if let real = unsafe realpath(WorkingDirectory.current.absolute(self), nil) {
            defer { unsafe free(real) }
            return unsafe String(cString: real)
        }
        guard let slash = lastIndex(of: "/") else { return self == "." ? self : ".".resolvedPath + "/" + self }
        let parent = self[..<slash]
        let name = self[index(after: slash)...]
        if name.isEmpty { return parent.isEmpty ? "/" : String(parent).resolvedPath }
        return (parent.isEmpty ? "" : String(parent).resolvedPath) + "/" + name
    }
}
