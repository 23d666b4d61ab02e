public import Base
public import Media

/// `headless:WIDTHxHEIGHT@RATE`: a display without glass that does all the work of a real one: two buffers, and flips
/// at its refresh rate.
public final class HeadlessDisplay: Display, @unchecked Sendable {
    /// What is shown, for whoever wants to look at it.
    public struct Front: Sendable {
        /// Stays as it is until the flip after the next.
        public var buffer: DisplayBuffer
        /// When it was flipped to; nil before the first flip.
        public var since: Instant?
    }

    private struct State {
        var front = 0
        var flippedAt: Instant?
        var isOn = true
    }

    public let device: DeviceDescription
    public let mode: DisplayMode
    /// Both buffers; one is shown while the other is drawn.
    public let buffers: [DisplayBuffer]
    private let rate: FrameRate
    private let pacer: any Pacer
    private let state = Monitor(State())
    // The display thread's own.
    private var pendingFlip: Instant?
    private var isDrawing = false

    /// - Parameters:
    ///   - width: 64…7680, `height` 64…4320.
    public init(
        width: Int, height: Int, rate: FrameRate = FrameRate(60)!, pacer: any Pacer = RealTimePacer()
    ) throws(DeviceError) {
        guard (64...7680).contains(width), (64...4320).contains(height) else {
            throw DeviceError(
                .unknown, "expected a headless display of 64×64…7680×4320, but it is \(width)×\(height)")
        }
        mode = DisplayMode(width: width, height: height, refresh: rate.perSecond)
        device = DeviceDescription(
            id: "headless:\(width)x\(height)@\(rate.text)", kind: .display,
            name: "Headless display \(width)×\(height)", bus: "simulated")
        self.rate = rate
        self.pacer = pacer
        buffers = (0..<2).map { _ in
            // Rows start at 64 bytes as with a real display's dumb buffer.
            let stride = (width * 4 + 63) & ~63
            let pixels = UnsafeMutableRawPointer.allocate(byteCount: stride * height, alignment: 4096)
            pixels.initializeMemory(as: UInt8.self, repeating: 0, count: stride * height)
            return DisplayBuffer(pixels: pixels, width: width, height: height, stride: stride)
        }
    }

    deinit {
        for buffer in buffers { buffer.pixels.deallocate() }
    }

    public var front: Front {
        state.withLock { Front(buffer: buffers[$0.front], since: $0.flippedAt) }
    }

    public var isOn: Bool { state.withLock { $0.isOn } }

    public func nextBuffer() throws(DeviceError) -> DisplayBuffer {
        if let flip = pendingFlip {
            guard pacer.wait(until: flip) else { throw .stopped(device) }
            pendingFlip = nil
            state.withLock { state in
                state.front = 1 - state.front
                state.flippedAt = flip
            }
        }
        isDrawing = true
        return buffers[1 - state.withLock { $0.front }]
    }

    public func flip() throws(DeviceError) -> Instant {
        precondition(isDrawing, "only a buffer that was handed out can be shown")
        isDrawing = false
        let flip = rate.instant(of: rate.index(atOrBefore: pacer.now) + 1)
        pendingFlip = flip
        return flip
    }

    public func setPower(on: Bool) throws(DeviceError) {
        state.withLock { $0.isOn = on }
    }

    public func stop() {
        pacer.interrupt()
    }
}
