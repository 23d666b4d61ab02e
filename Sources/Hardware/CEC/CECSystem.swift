import Base
import Media

/// Clock and CEC adapters of the machine; a test has its own.
protocol CECSystem: Sendable {
    var now: Instant { get }
    /// Paths: `/dev/cec0`, …
    func adapters() throws(DeviceError) -> [String]
    /// Opens an adapter that can send.
    func open(_ path: String) throws(CECFailure) -> any CECBus
    /// Waits without an adapter.
    func wait(until instant: Instant, signal: EventSignal)
}
