import Base

/// The system calls below a camera: V4L2's, one function each, and the clock. `LinuxVideoNodes` is the kernel; tests have
/// a driver of their own.
protocol VideoNodeSystem: Sendable {
    /// CLOCK_MONOTONIC, by which drivers stamp their pictures.
    var now: Instant { get }

    /// A descriptor that never blocks.
    func open(_ path: String) throws(VideoCallFailure) -> Int32
    func close(_ descriptor: Int32)
    func capabilities(_ descriptor: Int32) throws(VideoCallFailure) -> VideoCapabilities
    /// From here on libv4l converts what the device cannot deliver itself.
    func convert(_ descriptor: Int32) throws(VideoCallFailure)

    // Enumerations: nil past the last.
    func pixelFormat(_ node: NodeHandle, at index: Int) throws(VideoCallFailure) -> UInt32?
    /// `.impossible` for an entry that is none.
    func sizes(_ node: NodeHandle, of fourCC: UInt32, at index: Int) throws(VideoCallFailure) -> OfferedSizes?
    func intervals(
        _ node: NodeHandle, of fourCC: UInt32, width: Int, height: Int, at index: Int
    ) throws(VideoCallFailure) -> OfferedIntervals?
    /// - Returns: what the wish became.
    func setFormat(
        _ node: NodeHandle, fourCC: UInt32, width: Int, height: Int
    ) throws(VideoCallFailure) -> NodeFormat
    /// - Returns: what the wish became; nil when the device's rate cannot be set.
    func setInterval(_ node: NodeHandle, _ interval: FrameInterval) throws(VideoCallFailure) -> FrameInterval?

    /// - Returns: how many buffers there are now.
    func requestBuffers(_ node: NodeHandle, _ count: Int) throws(VideoCallFailure) -> Int
    func map(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) -> UnsafeMutableRawBufferPointer
    func unmap(_ memory: UnsafeMutableRawBufferPointer)
    func queue(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure)
    /// - Returns: nil when no picture is there yet.
    func dequeue(_ node: NodeHandle) throws(VideoCallFailure) -> FilledBuffer?
    func streamOn(_ node: NodeHandle) throws(VideoCallFailure)
    func streamOff(_ node: NodeHandle) throws(VideoCallFailure)
    /// Sleeps until something has happened or the deadline has come, then empty.
    /// - Parameters:
    ///   - descriptor: nil to wait for the interruption alone.
    ///   - interruption: an eventfd.
    func wait(
        for descriptor: Int32?, wantsPictures: Bool, interruption: Int32, until deadline: Instant
    ) throws(VideoCallFailure) -> NodeReadiness

    func subscribeToSourceChanges(_ node: NodeHandle, input: UInt32) throws(VideoCallFailure)
    /// - Returns: whether the event was a change of the source; nil when there is none.
    func nextEvent(_ node: NodeHandle) throws(VideoCallFailure) -> Bool?
    func queryTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings
    /// Sets the input to what its source sends.
    func adoptTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings

    /// - Returns: the control with the next higher id; nil after the last.
    func control(_ node: NodeHandle, after id: UInt32) throws(VideoCallFailure) -> NodeControl?
    /// - Returns: nil where the menu has a hole.
    func menuEntry(_ node: NodeHandle, of control: NodeControl, at index: Int) throws(VideoCallFailure) -> String?
    func value(_ node: NodeHandle, of id: UInt32) throws(VideoCallFailure) -> Int
    func setValue(_ node: NodeHandle, of id: UInt32, to value: Int) throws(VideoCallFailure)
}
