import LocalFiles
import SystemPackage
import UploadPlanning

/// What it means that two artifacts hold different files under one path, when all are extracted into one tree.
public enum OverlapPolicy: String, CaseIterable, Hashable, Sendable {
    /// Nothing is put in place.
    case refuse
    /// The file of the last one counts, in the order of their names.
    case last
}

extension Descriptor {
    /// Whether two directories hold files with the same bytes under a name.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - other: The other directory.
    /// - Returns: Whether both are regular files and equal.
    /// - Throws: What the system answered.
    func holdsSame(_ name: [CChar], as other: Descriptor) throws(Errno) -> Bool {
        let files = (
            try open(name, [.readOnly, .noFollow, .nonBlocking]),
            try other.open(name, [.readOnly, .noFollow, .nonBlocking])
        )
        let (first, second) = (try files.0.status(), try files.1.status())
        guard first.kind == .regular, second.kind == .regular, first.version.size == second.version.size else {
            return false
        }
        let size = 256 << 10
        let buffers = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * size, alignment: 64)
        defer { unsafe buffers.deallocate() }
        let (left, right) = unsafe (
            UnsafeMutableRawBufferPointer(rebasing: buffers[..<size]),
            UnsafeMutableRawBufferPointer(rebasing: buffers[size...])
        )
        var offset: Int64 = 0
        while true {
            let count = try unsafe files.0.read(into: left, at: offset)
            guard try unsafe files.1.read(into: right, at: offset) == count else { return false }
            guard unsafe left[..<count].elementsEqual(right[..<count]) else { return false }
            if count < size { return true }
            offset += Int64(count)
        }
    }
}
