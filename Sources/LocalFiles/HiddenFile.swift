import Synchronization
package import SystemPackage

/// A file under a hidden name, which is filled before it appears at its place as a whole, or is removed.
package final class HiddenFile: Sendable {
    /// How long a file stays under its hidden name.
    package enum Lifetime: Sendable {
        /// Until the last reference is gone, whatever happened.
        case reference
        /// Until it is removed: a later process may go on with it.
        case lasting
    }

    /// The file, open.
    package let file: Descriptor
    private let directory: Descriptor
    private let name: [CChar]
    private let lifetime: Lifetime
    private let isHidden = Atomic(true)

    /// Opens a file, or makes it.
    ///
    /// - Parameters:
    ///   - name: The hidden name.
    ///   - directory: The directory of the hidden name and of the place.
    ///   - flags: How the file is opened; it is made if need be, and no symlink is followed.
    ///   - mode: The permissions of a new file, less those that the process masks.
    ///   - lifetime: How long it stays.
    /// - Throws: What the system answered.
    package init(
        _ name: [CChar], in directory: Descriptor, _ flags: Descriptor.Flags, mode: ModeBits = 0o666,
        _ lifetime: Lifetime
    ) throws(Errno) {
        self.name = name
        self.directory = directory
        self.lifetime = lifetime
        file = try directory.open(name, flags.union([.create, .noFollow]), mode: mode)
    }

    deinit {
        if lifetime == .reference { remove() }
    }

    /// Lets the file appear under a name, instead of what has it.
    ///
    /// - Throws: What the system answered.
    package func replace(_ newName: [CChar]) throws(Errno) {
        try directory.rename(name, to: newName)
        isHidden.store(false, ordering: .relaxed)
    }

    /// Lets the file appear under a name if nothing has it.
    ///
    /// - Returns: Whether it did.
    /// - Throws: What the system answered.
    package func appearIfAbsent(as newName: [CChar]) throws(Errno) -> Bool {
        do throws(Errno) {
            try directory.link(name, as: newName)
            return true
        } catch {
            if error == .fileExists { return false }
            throw error
        }
    }

    /// Removes the hidden name.
    package func remove() {
        guard isHidden.exchange(false, ordering: .relaxed) else { return }
        try? directory.remove(name)
    }
}
