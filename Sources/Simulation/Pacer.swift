public import Base

/// The time of a simulated device: the real one in the daemon, a virtual one in tests, which then need not wait.
public protocol Pacer: Sendable {
    var now: Instant { get }
    /// Blocks until an absolute instant. Real-time safe.
    /// - Returns: false when it was interrupted, and from then on at once.
    func wait(until instant: Instant) -> Bool
    /// Ends every wait for good: the device is being stopped. Any thread.
    func interrupt()
}
