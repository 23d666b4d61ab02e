/// Runs asynchronous jobs one after the other, in the order in which they were given.
final class SerialTasks: Sendable {
    private let jobs: AsyncStream<@Sendable () async -> Void>.Continuation
    private let runner: Task<Void, Never>

    init() {
        let (stream, continuation) = AsyncStream<@Sendable () async -> Void>.makeStream(
            bufferingPolicy: .bufferingOldest(1024))
        jobs = continuation
        runner = Task { for await job in stream { await job() } }
    }

    func run(_ job: @escaping @Sendable () async -> Void) {
        jobs.yield(job)
    }

    /// Ends after the jobs given so far.
    func finish() async {
        jobs.finish()
        await runner.value
    }
}
