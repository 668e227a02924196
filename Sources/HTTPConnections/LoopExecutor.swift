import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// A task that mostly sends requests then meets their answers without a change of threads, which costs more than the
/// rest of a small request.
final class LoopExecutor: TaskExecutor {
    let loop: any EventLoop

    /// Makes an executor of an event loop.
    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
