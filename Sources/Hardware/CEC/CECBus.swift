import Base
import Media

/// The system calls on one open CEC adapter; a test has a bus of its own making behind them. None of them waits, but
/// `wait`.
protocol CECBus: AnyObject {
    /// The connector that the kernel says it belongs to; nil where it does not know.
    var connector: CECConnector? { get }
    /// Whether the physical address has to be given to it; others know it from their connector.
    var needsPhysicalAddress: Bool { get }
    func addresses() throws(CECFailure) -> CECAddresses
    /// - Parameter address: 0xFFFF = not plugged in.
    func setPhysicalAddress(_ address: UInt16) throws(CECFailure)
    /// Becomes a playback device of this name (at most 14 bytes), as soon as there is a physical address.
    func claimPlayback(name: String) throws(CECFailure)
    /// Gets messages that are meant for us.
    func follow() throws(CECFailure)
    /// - Returns: the number that `CECIncoming.sent` will have.
    func transmit(_ message: [UInt8]) throws(CECFailure) -> UInt32
    /// What has come; nil when there is nothing.
    func receive() throws(CECFailure) -> CECIncoming?
    func wait(until instant: Instant, signal: EventSignal) throws(CECFailure) -> DeviceWake
    func close()
}
