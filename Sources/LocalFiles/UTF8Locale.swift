import Glibc

/// A locale in which names are UTF-8.
///
/// libarchive asks the locale what names are encoded in, and a process starts in one where all but ASCII is an error.
package enum UTF8Locale {
    nonisolated(unsafe) private static let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

    /// Calls a closure with the locale set for this thread.
    package static func whileActive<Result>(_ body: () -> Result) -> Result {
        let previous = unsafe uselocale(locale)
        defer { unsafe uselocale(previous) }
        return body()
    }
}
