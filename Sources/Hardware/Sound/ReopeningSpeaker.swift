public import Base
public import Media

/// A speaker for the life of the daemon: a sound card that may vanish and return.
///
/// While there is none `waitForBlock` throws at once, so that the audio engine's own clock goes on; when the card is
/// back it plays again by itself.
public final class ReopeningSpeaker: Speaker {
    private let keeper: DeviceKeeper<ALSASpeaker>

    /// See `DeviceKeeper.init`.
    init(
        device: DeviceDescription, counters: SoundCounters = SoundCounters(),
        observer: @escaping @Sendable (SoundEvent) -> Void,
        open: @escaping @Sendable (SoundCounters) throws(DeviceError) -> ALSASpeaker
    ) throws(DeviceError) {
        keeper = try DeviceKeeper(device: device, counters: counters, observer: observer, open: open)
    }

    public var device: DeviceDescription { keeper.device }
    public var statistics: SoundStatistics { keeper.statistics }
    /// Why there is no card, nil while there is one.
    public var problem: DeviceError? { keeper.problem }
    /// A card was plugged in: not to wait for the next attempt.
    public func tryNow() { keeper.tryNow() }

    public func waitForBlock() throws(DeviceError) -> Instant {
        try keeper.use { card throws(DeviceError) in try card.waitForBlock() }
    }

    public func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {
        try keeper.use { card throws(DeviceError) in try card.write(block) }
    }

    public func stop() { keeper.stop() }
}
