import RunOutputs
public import UploadPlanning

extension Inventory {
    /// Leaves out what stands in an output directory: what an earlier run wrote there is nothing that a build made.
    ///
    /// An output directory that is a listed directory itself cannot be left out as a whole; there it is only the run's
    /// own part of it.
    /// - Parameters:
    ///   - outputDirectory: The output directory, which need not exist.
    ///   - prefix: What all keys of the run begin with.
    /// - Returns: What is left.
    public func leavingOut(outputDirectory: String, prefix: String) -> Inventory {
        var rest = self
        for (directory, listing) in directories {
            guard case .listed(let entries, let unreadable) = listing else { continue }
            let places = [outputDirectory, outputDirectory + "/" + prefix]
            guard let inner = places.lazy.compactMap({ relativePath(of: $0, in: directory.path.text) }).first else {
                continue
            }
            func isLeft(_ path: ExactString) -> Bool { !path.text.utf8.starts(with: inner) }
            rest.directories[directory] = .listed(
                entries.filter { isLeft($0.path) }, unreadable: unreadable.filter { isLeft($0.path) })
        }
        return rest
    }
}

/// The path that leads from a directory to one inside it, with a slash at its end; `nil` if it is not inside.
private func relativePath(of inner: String, in outer: String) -> ArraySlice<UInt8>? {
    guard let inner = try? Descriptor.open(path: inner, Descriptor.pathOnly).realPath(),
        let outer = try? Descriptor.open(path: outer, Descriptor.pathOnly).realPath()
    else { return nil }
    let slash = UInt8(ascii: "/")
    let start = outer == [slash] ? outer : outer + [slash]
    guard inner.count > start.count, inner.starts(with: start) else { return nil }
    return inner[start.count...] + [slash]
}
