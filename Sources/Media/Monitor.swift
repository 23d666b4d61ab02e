public import Base
import Glibc

/// A value behind a lock, with waiting for it to change: mutex and condition on CLOCK_MONOTONIC.
///
/// What mailboxes and queues between threads are made of. Deadlines are absolute, so that loops do not drift.
public final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    public init(_ state: sending State) {
        self.state = state
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let mutexFailure = pthread_mutex_init(mutex, nil)
        let conditionFailure = pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        precondition(mutexFailure == 0 && conditionFailure == 0, "the system refuses a mutex")
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the state. Whoever makes a waiter's condition true calls `wakeAll` afterwards.
    public func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes everybody who waits.
    public func update<Result>(_ body: (inout State) -> Result) -> Result {
        let result = withLock(body)
        wakeAll()
        return result
    }

    /// Wakes everybody who waits, so that they try again.
    public func wakeAll() {
        pthread_cond_broadcast(condition)
    }

    /// Tries until there is a result or the deadline is past; sleeps between tries until somebody wakes it.
    /// - Returns: nil when the last try, at or after the deadline, had no result either.
    public func wait<Result>(until deadline: Instant, _ attempt: (inout State) -> Result?) -> Result? {
        let nanoseconds = max(deadline.nanoseconds, 0)
        var until = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = attempt(&state) { return result }
            if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { return attempt(&state) }
        }
    }
}
