import Base
import Media

/// Clock and cards of the machine; a test has its own.
protocol KMSSystem: Sendable {
    var now: Instant { get }
    /// Sorted by number.
    func cards() throws(DeviceError) -> [KMSCardNode]
    /// Opens a card to drive it.
    func open(_ path: String) throws(KMSFailure) -> any KMSCard
    /// Waits without a card, until `signal` was given or the instant has come.
    func wait(until instant: Instant, signal: EventSignal)
}
