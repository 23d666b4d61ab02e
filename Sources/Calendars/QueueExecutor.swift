import Dispatch

/// Runs an actor on a queue of its own, apart from the threads that Swift concurrency shares: what blocks on a disk, or
/// works for seconds, holds up nothing else.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(_ name: String) {
        queue = DispatchQueue(label: name)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
