import Synchronization
import Testing
import UploadExecution

@Suite("A bounded map")
struct BoundedMapTests {
    struct Refusal: Error, Equatable { var number: Int }

    @Test("keeps the order and the limit", arguments: [1, 3, 100])
    func bounded(limit: Int) async {
        let underWay = Mutex((now: 0, most: 0))
        let squares = await (0..<40).boundedMap(limit: limit) { number in
            underWay.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<(number % 7) { await Task.yield() }
            underWay.withLock { $0.now -= 1 }
            return number * number
        }
        #expect(squares == (0..<40).map { $0 * $0 })
        #expect(underWay.withLock { $0.most } <= limit)
    }

    @Test("starts nothing after a failure, and throws it")
    func failing() async {
        let started = Mutex(0)
        await #expect(throws: Refusal(number: 3)) {
            try await (0..<40).boundedMap(limit: 1) { number throws(Refusal) in
                started.withLock { $0 += 1 }
                if number == 3 { throw Refusal(number: number) }
            }
        }
        #expect(started.withLock { $0 } == 4)
    }

    @Test("of nothing is nothing")
    func empty() async {
        #expect(await [Int]().boundedMap(limit: 8) { $0 } == [])
    }
}
