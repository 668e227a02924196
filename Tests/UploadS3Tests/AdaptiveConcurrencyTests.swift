import Testing

@testable import UploadS3

@Suite("Adaptive concurrency")
struct AdaptiveConcurrencyTests {
    /// A store as a model: each request takes a time of its own, and only so many are worked on at once.
    private struct Store {
        var latency: Duration
        var capacity: Int
        var now = Duration.zero

        /// Lets requests of 10 KiB run, always as many as may, and returns the limit at the end.
        mutating func serve(_ count: Int, _ concurrency: inout AdaptiveConcurrency, running: Int? = nil) -> Int {
            for _ in 0..<count {
                let running = min(running ?? concurrency.limit, concurrency.limit)
                concurrency.runs(running)
                now += latency / min(running, capacity)
                concurrency.succeeded(byteCount: 10 << 10, now: now)
            }
            return concurrency.limit
        }
    }

    @Test(
        "The limit grows as far as the store's throughput does",
        arguments: [
            // (latency, requests the store works on at once, maximum, expected)
            (Duration.milliseconds(50), 10_000, 256, 256...256),
            (.milliseconds(50), 10_000, 48, 48...48),
            (.milliseconds(1), 10_000, 256, 256...256),
            (.milliseconds(50), 16, 256, 16...40),
            (.milliseconds(1), 2, 256, 4...8),
            (.milliseconds(20), 60, 256, 32...100),
        ])
    func growth(latency: Duration, capacity: Int, maximum: Int, expected: ClosedRange<Int>) {
        var store = Store(latency: latency, capacity: capacity)
        var concurrency = AdaptiveConcurrency(maximum: maximum, now: .zero)
        #expect(concurrency.limit == 4)
        #expect(expected.contains(store.serve(20_000, &concurrency)))
        // It stays there, also while it tries a little more.
        let range = expected.lowerBound...min(maximum, expected.upperBound * 5 / 4 + 1)
        for _ in 0..<20 { #expect(range.contains(store.serve(1_000, &concurrency))) }
    }

    @Test("The way to a store far away is short")
    func rampUp() {
        var store = Store(latency: .milliseconds(50), capacity: 10_000)
        var concurrency = AdaptiveConcurrency(maximum: 256, now: .zero)
        while concurrency.limit < 256 { _ = store.serve(1, &concurrency) }
        #expect(store.now < .milliseconds(400))
    }

    @Test("Rounds that lacked work say nothing")
    func idleness() {
        var store = Store(latency: .milliseconds(50), capacity: 10_000)
        var concurrency = AdaptiveConcurrency(maximum: 256, now: .zero)
        #expect(store.serve(5_000, &concurrency, running: 3) == 4)
    }

    @Test("A request to slow down halves the limit, and it grows by one a round from there")
    func throttling() {
        var store = Store(latency: .milliseconds(50), capacity: 10_000)
        var concurrency = AdaptiveConcurrency(maximum: 64, now: .zero)
        #expect(store.serve(5_000, &concurrency) == 64)
        concurrency.throttled(now: store.now)
        concurrency.throttled(now: store.now + .milliseconds(100))
        #expect(concurrency.limit == 32, "what is said at one moment counts once")
        #expect(store.serve(32, &concurrency) == 33)
        #expect(store.serve(33 + 34, &concurrency) == 35)
        concurrency.throttled(now: store.now + .seconds(1))
        #expect(concurrency.limit == 17)
        for second in 2..<20 { concurrency.throttled(now: store.now + .seconds(second)) }
        #expect(concurrency.limit == 1)
        #expect(store.serve(20_000, &concurrency) == 64)
    }
}
