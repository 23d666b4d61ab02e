import Base
import Media

/// The system calls on one open graphics card; a test has a card of its own making behind them.
///
/// One thread at a time. What was created is destroyed by its creator; `close` lets go of the rest.
protocol KMSCard: AnyObject {
    /// Whether this descriptor is the one that may change what is shown.
    var isMaster: Bool { get }
    /// Universal planes and atomic commits.
    func enableAtomic() throws(KMSFailure)
    func objects() throws(KMSFailure) -> KMSObjects
    /// - Parameter isProbing: asks the monitor anew, which can take a tenth of a second; otherwise what the kernel knows.
    func connector(_ id: UInt32, isProbing: Bool) throws(KMSFailure) -> KMSConnector
    func planes() throws(KMSFailure) -> [KMSPlane]
    func properties(of id: UInt32, kind: KMSObjectKind) throws(KMSFailure) -> KMSProperties

    func blob(_ id: UInt32) throws(KMSFailure) -> [UInt8]
    func createBlob(_ bytes: RawSpan) throws(KMSFailure) -> UInt32
    func destroyBlob(_ id: UInt32)

    /// 32 bits a picture element, all zero.
    func createBuffer(width: Int, height: Int) throws(KMSFailure) -> KMSBufferHandle
    func destroyBuffer(_ handle: UInt32)
    func map(_ buffer: KMSBufferHandle) throws(KMSFailure) -> UnsafeMutableRawPointer
    func unmap(_ pixels: UnsafeMutableRawPointer, size: Int)
    /// XRGB8888.
    func addFramebuffer(_ buffer: KMSBufferHandle, width: Int, height: Int) throws(KMSFailure) -> UInt32
    /// - Parameter isStaying: the screen goes on showing it where the kernel can (Linux 6.8); otherwise it turns dark.
    func removeFramebuffer(_ id: UInt32, isStaying: Bool)

    /// All settings at once or none. Settings of one object lie together.
    /// - Parameter token: comes back with the page-flip event.
    func commit(_ settings: [KMSSetting], _ kind: KMSCommit, token: UInt64) throws(KMSFailure)
    /// The flips that have happened since, into the beginning of the buffer. Does not wait.
    func readFlips(into flips: UnsafeMutableBufferPointer<KMSFlip>) throws(KMSFailure) -> Int
    /// Waits until there is a flip to be read, `signal` was given, or the instant has come.
    func wait(until instant: Instant, signal: EventSignal) throws(KMSFailure) -> DeviceWake

    func dropMaster()
    func close()
}
