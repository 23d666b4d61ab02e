public import Base
public import Media
import Synchronization

/// A speaker for the life of the daemon: a sound card that may vanish and return.
///
/// While there is none `waitForBlock` throws at once, so that the audio engine's own clock goes on; when the card is
/// back it plays again by itself.
public final class ReopeningSpeaker: Speaker, @unchecked Sendable {
    private let keeper: DeviceKeeper<ALSASpeaker>
    private let counters: SoundCounters
    private let described: Mutex<DeviceDescription>
    private let away: DeviceError
    private let isStopped = Atomic<Bool>(false)

    /// Begins to open the card, and tries until it is there; waits for nothing.
    /// - Parameters:
    ///   - device: how it is shown until it has been opened.
    ///   - open: opens the card as it is found then, counting into the counters that it is given.
    ///   - observer: called on a thread of the speaker's own.
    init(
        device: DeviceDescription, counters: SoundCounters = SoundCounters(),
        observer: @escaping @Sendable (SoundEvent) -> Void,
        open: @escaping @Sendable (SoundCounters) throws(DeviceError) -> ALSASpeaker
    ) throws(DeviceError) {
        self.counters = counters
        described = Mutex(device)
        away = DeviceError(.lost, "\(device.id) was expected to play, but is not there; connect it")
        keeper = try DeviceKeeper(
            name: "speaker-keeper",
            open: { () throws(DeviceError) in try open(counters) }, close: { $0.stop() },
            describe: { .opened($0.device, format: $0.formatText) }, observer: observer)
    }

    public var device: DeviceDescription { keeper.peek { $0.device } ?? described.withLock { $0 } }
    public var statistics: SoundStatistics { counters.statistics }
    /// Why there is no card, nil while there is one.
    public var problem: DeviceError? { keeper.problem }
    /// A card was plugged in: not to wait for the next attempt.
    public func tryNow() { keeper.tryNow() }

    public func waitForBlock() throws(DeviceError) -> Instant {
        if isStopped.load(ordering: .acquiring) { throw away }
        guard let card = keeper.card() else { throw away }
        return try use(card) { card throws(DeviceError) in try card.waitForBlock() }
    }

    public func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {
        guard let card = keeper.card() else { throw away }
        try use(card) { card throws(DeviceError) in try card.write(block) }
    }

    public func stop() {
        isStopped.store(true, ordering: .releasing)
        keeper.stop()
    }

    @inline(__always)
    private func use<Answer>(
        _ card: Unmanaged<ALSASpeaker>, _ body: (ALSASpeaker) throws(DeviceError) -> Answer
    ) throws(DeviceError) -> Answer {
        // No reference of our own: it could become the last one, and free the card here.
        let result = card._withUnsafeGuaranteedRef { card -> Result<Answer, DeviceError> in
            do throws(DeviceError) { return .success(try body(card)) } catch { return .failure(error) }
        }
        // Busy is asleep: it wakes by itself.
        if case .failure(let error) = result, error.reason != .busy {
            counters.losses.wrappingAdd(1, ordering: .relaxed)
            keeper.retire(error)
        }
        return try result.get()
    }
}
