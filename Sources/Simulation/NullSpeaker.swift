public import Base
public import Media

/// Speaker `none`: takes the sound away at the pace of CLOCK_MONOTONIC, which so drives the audio thread.
public final class NullSpeaker: Speaker, @unchecked Sendable {
    public let device = DeviceDescription(id: "none", kind: .speaker, name: "No speaker", bus: "simulated")
    private let pacer: any Pacer
    // The audio thread's own.
    private var pacing = BlockPacing()

    public init(pacer: any Pacer = RealTimePacer()) {
        self.pacer = pacer
    }

    public func waitForBlock() throws(DeviceError) -> Instant {
        try pacing.wait(pacer, device: device).instant
    }

    public func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {}

    public func stop() {
        pacer.interrupt()
    }
}
