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

extension Collection where Element: Sendable {
    /// Transforms each element, a limited number at a time.
    ///
    /// After a failure no transformation is started, and those that are under way are cancelled and waited for.
    ///
    /// - Parameters:
    ///   - limit: How many are under way at once.
    ///   - transform: The transformation.
    /// - Returns: The results, in the order of the elements.
    /// - Throws: The first failure.
    package func boundedMap<Value: Sendable, Failure>(
        limit: Int, _ transform: @escaping @Sendable (Element) async throws(Failure) -> Value
    ) async throws(Failure) -> [Value] {
        var values: [Value?] = Array(repeating: nil, count: count)
        var failure: Failure?
        await withTaskGroup(of: (index: Int, outcome: Result<Value, Failure>).self) { group in
            for (index, element) in enumerated() {
                if index >= limit, let done = await group.next() { take(done.outcome, at: done.index) }
                guard failure == nil else { break }
                group.addTask {
                    do throws(Failure) {
                        return (index, .success(try await transform(element)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            if failure != nil { group.cancelAll() }
            while let done = await group.next() {
                take(done.outcome, at: done.index)
                if failure != nil { group.cancelAll() }
            }
        }
        if let failure { throw failure }
        return values.compactMap(\.self)

        func take(_ outcome: Result<Value, Failure>, at index: Int) {
            switch outcome {
            case .success(let value): values[index] = value
            case .failure(let error): failure = failure ?? error
            }
        }
    }
}
