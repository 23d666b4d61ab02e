import Synchronization

/// What a camera wants to be done on other threads, done when the test says so.
final class LaunchedWork: Sendable {
    private let work = Mutex<[@Sendable () -> Void]>([])

    func add(_ work: @escaping @Sendable () -> Void) { self.work.withLock { $0.append(work) } }

    func run() {
        let work = work.withLock { work in
            defer { work = [] }
            return work
        }
        for one in work { one() }
    }
}
