import CLinux
import Glibc

/// Wakes another thread: an eventfd, which can be waited for alone or in an epoll set.
///
/// The way from a lock-free ring's writer, which must not touch a lock, to a reader that sleeps.
public final class EventSignal: Sendable {
    /// Becomes readable by `signal`. Owned here: do not close it.
    public let fileDescriptor: Int32

    public init() {
        fileDescriptor = clinux_eventfd()
        precondition(fileDescriptor >= 0, "the system has no descriptor left for an eventfd: raise LimitNOFILE")
    }

    deinit {
        close(fileDescriptor)
    }

    /// Wakes the waiter, now or when it next waits. Any thread. Real-time safe (one system call).
    public func signal() {
        clinux_eventfd_signal(fileDescriptor)
    }

    /// Forgets signals so far.
    /// - Returns: how many there were.
    @discardableResult
    public func drain() -> UInt64 {
        clinux_eventfd_drain(fileDescriptor)
    }

    /// Blocks until there was a signal, and forgets it.
    public func wait() {
        clinux_eventfd_wait(fileDescriptor)
        drain()
    }

    /// Blocks until there was a signal, and forgets it; or until the time is over.
    public func wait(atMost duration: Duration) {
        let (seconds, attoseconds) = duration.components
        clinux_eventfd_wait_at_most(
            fileDescriptor, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
        drain()
    }
}
