import Foundation
import Synchronization
import Testing

@testable import UploadS3

@Suite("Retries")
struct RetryTests {
    @Test("Waits double up to a limit, by chance a part of that, and a store's wish is followed within the limit")
    func delays() {
        let policy = RetryPolicy(baseDelay: .milliseconds(100), maximumDelay: .seconds(1))
        let delays = (1...6).map { policy.delay(afterFailed: $0, retryAfter: nil, jitter: 1) }
        #expect(delays == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        #expect(policy.delay(afterFailed: 2, retryAfter: nil, jitter: 0.25) == .milliseconds(50))
        #expect(policy.delay(afterFailed: 60, retryAfter: nil, jitter: 1) == .seconds(1))
        #expect(policy.delay(afterFailed: 1, retryAfter: .seconds(3600), jitter: 0) == .seconds(1))
    }

    @Test("The budget ends when nothing succeeds, and fills up again")
    func budget() {
        let budget = RetryBudget(retries: 3)
        #expect((0..<5).map { _ in budget.withdraw() } == [true, true, true, false, false])
        for _ in 0..<5 { budget.deposit(afterRetry: false) }
        #expect(budget.withdraw())
        #expect(!budget.withdraw())
        budget.deposit(afterRetry: true)
        #expect(budget.withdraw())
    }

    /// A clock that stands still, and sleeps that are noted instead of slept.
    final class StillTime: Sendable {
        let sleeps = Mutex<[Duration]>([])
        let uptime = Mutex(Duration.seconds(10))

        var source: TimeSource {
            TimeSource(
                now: { Date(timeIntervalSince1970: 0) }, uptime: { self.uptime.withLock { $0 } },
                sleep: { duration in self.sleeps.withLock { $0.append(duration) } }, random: { 0.5 })
        }
    }

    /// How many run at once, and the most that ever did.
    final class Running: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock { $0.most } }

        func enter() {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
        }

        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test("No more run at once than the gate lets in")
    func bound() async throws {
        let gate = RequestGate(maximum: 3, time: StillTime().source)
        let running = Running()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await gate.enter()
                    running.enter()
                    await Task.yield()
                    running.leave()
                    gate.leave()
                }
            }
            try await group.waitForAll()
        }
        #expect(running.most == 3)
    }

    @Test("Who is cancelled while waiting gets no place, and keeps none from others")
    func cancellation() async throws {
        let gate = RequestGate(maximum: 1, time: StillTime().source)
        try await gate.enter()
        let waiting = (0..<20).map { _ in Task { try await gate.enter() } }
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
        let last = Task { try await gate.enter() }
        gate.leave()
        try await last.value
    }

    @Test("A request to slow down halves the number and makes all wait")
    func throttling() async throws {
        let time = StillTime()
        let gate = RequestGate(maximum: 16, time: time.source)
        #expect(gate.limit == 4)
        for _ in 0..<10 { gate.throttled(pause: .seconds(2)) }
        #expect(gate.limit == 2, "what is said at one moment counts once")
        try await gate.enter()
        #expect(time.sleeps.withLock { $0 } == [.seconds(2)])
        gate.leave()
    }
}
