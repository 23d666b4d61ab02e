import Base

/// The calls of libasound that a speaker or a microphone is made of: the seam below the mechanism. `SystemPCM` is the
/// real one.
///
/// First negotiation, which narrows down what the card can: `begin`, `has…` and `set…`, `commit`, `setRunning`; it may
/// block and allocate. Then the calls of the audio thread. All answer −errno where something is amiss.
protocol PCM: AnyObject {
    func begin() -> Int32
    func has(rate: Int) -> Bool
    func set(rate: Int) -> Int32
    func has(_ format: SampleFormat) -> Bool
    func set(_ format: SampleFormat) -> Int32
    func has(channels: Int) -> Bool
    func set(channels: Int) -> Int32
    /// What can still be chosen.
    var bounds: PCMBounds { get }
    /// - Parameters: frames wished for, and what the card took.
    func commit(period: inout Int, buffer: inout Int) -> Int32
    /// - Parameter wakeAt: frames that can be read or written when `wait` is to return.
    func setRunning(wakeAt: Int) -> Int32

    /// Real-time safe, as are all below.
    func prepare() -> Int32
    func start() -> Int32
    /// Stops at once and forgets what is held: what runs cannot be prepared.
    func drop() -> Int32
    func resume() -> Int32
    func readStatus(into status: inout PCMStatus) -> Int32
    /// Frames read, or −errno; −EAGAIN when there are none.
    func read(into samples: UnsafeMutableRawPointer, frames: Int) -> Int
    func write(_ samples: UnsafeRawPointer, frames: Int) -> Int
    func wait(interrupt: Int32, milliseconds: Int32) -> PCMWake
}

/// What a card can.
struct PCMBounds: Hashable, Sendable {
    var rates: ClosedRange<Int>
    var channels: ClosedRange<Int>
}

/// What ended a wait.
enum PCMWake: Hashable, Sendable {
    case ready, timeout, interrupted
    /// −errno.
    case failed(Int32)
}

/// What a PCM says of itself at one moment.
struct PCMStatus: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case prepared, running, xrun, suspended, disconnected
        /// Open, set up, draining, paused: states into which nothing of ours brings it.
        case other
    }

    var state: State = .other
    /// Frames that can be read or written now.
    var available = 0
    /// Frames from here to the loudspeaker or from the microphone to here, with what the hardware holds.
    var delay = 0
    /// When that was so; zero where the PCM knows no time.
    var timestamp = Instant.zero
}
