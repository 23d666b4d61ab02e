public import Base

// The device protocols: the seam between everything and the hardware. `Hardware` and `Simulation` both conform, and
// nothing above knows which it has. One thread drives a device; `stop` may come from any thread.

/// What kind of thing a device is, in the words of the control API.
public enum DeviceKind: String, Hashable, Sendable, CaseIterable {
    case camera, microphone, speaker, display, content
}

/// A device as `devices.list` shows it.
public struct DeviceDescription: Hashable, Sendable {
    /// Stable over re-plugging and restarts: a by-id path, an ALSA name, or the specification of a simulated device.
    public var id: String
    public var kind: DeviceKind
    /// For people.
    public var name: String
    /// `usb`, `pci`, `platform`, `simulated`.
    public var bus: String

    public init(id: String, kind: DeviceKind, name: String, bus: String) {
        self.id = id
        self.kind = kind
        self.name = name
        self.bus = bus
    }
}

/// A device could not be opened or has failed.
public struct DeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: String, Hashable, Sendable {
        /// It does not exist or is not what it was said to be.
        case unknown
        /// Somebody else has it, or the machine sleeps under it: it need not be opened again.
        case busy
        /// It was there and is gone.
        case lost
        /// It answered something impossible, or its file is damaged.
        case failed
    }

    public var reason: Reason
    /// A sentence for the administrator: what was expected, what came, what to do.
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    public var description: String { message }
}

/// Size in picture elements and rate in frames a second.
public struct VideoFormat: Hashable, Sendable {
    public var width: Int
    public var height: Int
    public var frameRate: Double

    public init(width: Int, height: Int, frameRate: Double) {
        self.width = width
        self.height = height
        self.frameRate = frameRate
    }
}

/// What an HDMI input receives. A camera's is always present.
public enum VideoSignal: String, Hashable, Sendable {
    case present
    /// Nothing is plugged in, or it is off.
    case none
    /// Something is there, but it is not steady yet.
    case unstable
    /// A size or rate that the input cannot take.
    case unsupported
}

/// A source of pictures: a camera or an HDMI input.
public protocol Camera: AnyObject, Sendable {
    var device: DeviceDescription { get }
    /// What `capture` delivers. May change while it runs, when a device comes back or a source changes.
    var format: VideoFormat { get }
    /// Whether there is anything to deliver. While there is not, `capture` returns nil at its deadline.
    var signal: VideoSignal { get }
    /// Blocks until the next picture or the deadline. The frame's `captureTime` and `sequence` are set.
    /// - Returns: nil at the deadline, or when the pool is exhausted (the picture is dropped).
    func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame?
    /// Ends a blocked `capture` at once and frees the device.
    func stop()
}

extension Camera {
    public var signal: VideoSignal { .present }
}

/// Sound is mono, 48 kHz, 32-bit float in −1…1, in blocks of 10 ms, everywhere above the devices.
public enum AudioFormat {
    public static let sampleRate = 48_000
    /// Samples in one block of 10 ms.
    public static let blockSize = 480
    public static let blockDuration = Duration.milliseconds(10)
}

/// A source of sound. Driven by the audio thread, which the speaker's clock paces.
public protocol Microphone: AnyObject, Sendable {
    var device: DeviceDescription { get }
    /// Channels of the device, before the downmix.
    var channels: Int { get }
    /// Fills one block without blocking. Real-time safe.
    /// - Parameters:
    ///   - block: `AudioFormat.blockSize` samples.
    ///   - now: the instant at which the audio thread woke up.
    /// - Returns: the instant at which the block's first sample was heard, or nil when there was nothing to read
    ///   (the block is then silence).
    func read(into block: UnsafeMutableBufferPointer<Float>, at now: Instant) throws(DeviceError) -> Instant?
    func stop()
}

/// A sink of sound, and the master clock of the audio thread.
public protocol Speaker: AnyObject, Sendable {
    var device: DeviceDescription { get }
    /// Blocks until the next block is wanted. Real-time safe.
    /// - Returns: the instant at which that block's first sample will be heard.
    func waitForBlock() throws(DeviceError) -> Instant
    /// Plays one block of `AudioFormat.blockSize` samples. Real-time safe.
    func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError)
    func stop()
}

/// The size and rate of a display.
public struct DisplayMode: Hashable, Sendable {
    public var width: Int
    public var height: Int
    /// Frames a second.
    public var refresh: Double

    public init(width: Int, height: Int, refresh: Double) {
        self.width = width
        self.height = height
        self.refresh = refresh
    }
}

/// A picture in 32-bit XRGB (little-endian words: bytes B, G, R, X) that the display scans out.
public struct DisplayBuffer: @unchecked Sendable {
    public let pixels: UnsafeMutableRawPointer
    public let width: Int
    public let height: Int
    /// Bytes from one row to the next.
    public let stride: Int

    public init(pixels: UnsafeMutableRawPointer, width: Int, height: Int, stride: Int) {
        self.pixels = pixels
        self.width = width
        self.height = height
        self.stride = stride
    }
}

/// A part of a display's picture, in picture elements; `right` and `bottom` exclusive. Laid out like the kernel's
/// `struct drm_mode_rect`.
public struct DisplayRect: Hashable, BitwiseCopyable, Sendable {
    public var left: Int32
    public var top: Int32
    public var right: Int32
    public var bottom: Int32

    public init(left: Int32, top: Int32, right: Int32, bottom: Int32) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }
}

/// A display with buffers that are shown in turn. Driven by the display thread; what it is may change under way, when
/// another monitor is plugged in or the monitor's mode becomes another.
public protocol Display: AnyObject, Sendable {
    var device: DeviceDescription { get }
    var mode: DisplayMode { get }
    /// Another number than before: buffers hold nothing any more that the caller has drawn, and `mode` may be another.
    /// Read it after `nextBuffer`, before drawing. Always 0 where that does not happen.
    var generation: Int { get }
    /// Blocks until a buffer may be drawn into, that is until the last flip has happened.
    func nextBuffer() throws(DeviceError) -> DisplayBuffer
    /// Shows the buffer last handed out at the next vertical blank.
    /// - Returns: the instant of the flip, as well as the display knows it.
    func flip() throws(DeviceError) -> Instant
    /// The same where the caller knows what differs from the picture before.
    /// - Parameter damage: empty = everything.
    func flip(damage: [DisplayRect]) throws(DeviceError) -> Instant
    /// Lets time pass while there is nothing to draw, and gives back the buffer last handed out. Returns sooner when
    /// the generation has changed; throws when the display is lost meanwhile.
    func idle(until instant: Instant) throws(DeviceError)
    func setPower(on: Bool) throws(DeviceError)
    func stop()
}

extension Display {
    public var generation: Int { 0 }

    public func flip(damage: [DisplayRect]) throws(DeviceError) -> Instant {
        try flip()
    }

    public func idle(until instant: Instant) throws(DeviceError) {
        MonotonicClock.sleep(until: instant)
    }
}
