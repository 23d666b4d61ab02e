public import Base
public import Media

/// `silence`: a microphone in a quiet room.
public final class SilenceMicrophone: Microphone {
    public let device = DeviceDescription(id: "silence", kind: .microphone, name: "Silence", bus: "simulated")
    public let channels = 1

    public init() {}

    public func read(
        into block: UnsafeMutableBufferPointer<Float>, at now: Instant
    ) throws(DeviceError) -> Instant? {
        block.update(repeating: 0)
        return now - AudioFormat.blockDuration
    }

    public func stop() {}
}
