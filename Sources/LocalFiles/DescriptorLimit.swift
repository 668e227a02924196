import Glibc

/// How many files and connections this process may have open at once.
package enum DescriptorLimit {
    /// More than any run needs: a process that is told of a million may take long to start others.
    private static let enough: rlim_t = 16_384
    /// What a run needs besides its transfers: streams, event loops, directories that are being walked.
    private static let reserve = 48
    /// What one transfer may need: its connection, one that waits on another thread, its file and a temporary one.
    private static let forTransfer = 4

    /// Raises the limit as far as this process may.
    ///
    /// - Returns: The limit.
    @discardableResult
    package static func raise() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int(enough) }
        let possible = min(limit.rlim_max, enough)
        if limit.rlim_cur < possible {
            let old = limit.rlim_cur
            limit.rlim_cur = possible
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = old }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many transfers may run at once.
    ///
    /// - Parameters:
    ///   - wanted: How many should, if nothing were scarce.
    ///   - limit: How many descriptors there may be.
    /// - Returns: At least 1.
    package static func transfers(_ wanted: Int, within limit: Int) -> Int {
        max(1, min(wanted, (limit - reserve) / forTransfer))
    }
}
