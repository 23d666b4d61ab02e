public import Base
public import Media

/// A microphone for the life of the daemon: a sound card that may vanish and return. While there is none `read` throws,
/// and the audio engine sends silence; when the card is back it is heard again by itself.
public final class ReopeningMicrophone: Microphone {
    private let keeper: DeviceKeeper<ALSAMicrophone>

    /// See `DeviceKeeper.init`.
    init(
        device: DeviceDescription, counters: SoundCounters = SoundCounters(),
        observer: @escaping @Sendable (SoundEvent) -> Void,
        open: @escaping @Sendable (SoundCounters) throws(DeviceError) -> ALSAMicrophone
    ) throws(DeviceError) {
        keeper = try DeviceKeeper(device: device, counters: counters, observer: observer, open: open)
    }

    public var device: DeviceDescription { keeper.device }
    /// Of the card, 0 while there is none.
    public var channels: Int { keeper.peek { $0.channels } ?? 0 }
    public var statistics: SoundStatistics { keeper.statistics }
    /// Why there is no card, nil while there is one.
    public var problem: DeviceError? { keeper.problem }
    /// A card was plugged in: not to wait for the next attempt.
    public func tryNow() { keeper.tryNow() }

    public func read(
        into block: UnsafeMutableBufferPointer<Float>, at now: Instant
    ) throws(DeviceError) -> Instant? {
        try keeper.use { card throws(DeviceError) in try card.read(into: block, at: now) }
    }

    public func stop() { keeper.stop() }
}
