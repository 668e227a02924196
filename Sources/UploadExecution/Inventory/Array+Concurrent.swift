import Dispatch
import Synchronization

extension Array where Element: Sendable {
    /// So few elements are not worth the change of threads.
    private static var share: Int { 128 }

    /// Transforms all elements, on two threads if there are many, and leaves out those that come to nothing.
    ///
    /// - Parameter transform: Transforms one element, on any thread.
    /// - Returns: What the elements came to, in their order.
    func concurrentCompactMap<Result: Sendable>(_ transform: @Sendable (Element) -> Result?) -> [Result] {
        guard count >= 2 * Self.share else { return compactMap(transform) }
        let middle = count / 2
        let halves = Mutex<[[Result]]>([[], []])
        DispatchQueue.concurrentPerform(iterations: 2) { half in
            let part = half == 0 ? self[..<middle] : self[middle...]
            let results = part.compactMap(transform)
            halves.withLock { $0[half] = results }
        }
        return halves.withLock { $0[0] + $0[1] }
    }
}
