public import Base
public import Media
import Synchronization

/// A microphone for the life of the daemon: a sound card that may vanish and return. While there is none `read` throws,
/// and the audio engine sends silence; when the card is back it is heard again by itself.
public final class ReopeningMicrophone: Microphone, @unchecked Sendable {
    private let keeper: DeviceKeeper<ALSAMicrophone>
    private let counters: SoundCounters
    private let described: Mutex<DeviceDescription>
    private let away: DeviceError
    private let isStopped = Atomic<Bool>(false)

    /// Begins to open the card, and tries until it is there; waits for nothing.
    /// - Parameters:
    ///   - device: how it is shown until it has been opened.
    ///   - open: opens the card as it is found then, counting into the counters that it is given.
    ///   - observer: called on a thread of the microphone's own.
    init(
        device: DeviceDescription, counters: SoundCounters = SoundCounters(),
        observer: @escaping @Sendable (SoundEvent) -> Void,
        open: @escaping @Sendable (SoundCounters) throws(DeviceError) -> ALSAMicrophone
    ) throws(DeviceError) {
        self.counters = counters
        described = Mutex(device)
        away = DeviceError(.lost, "\(device.id) was expected to record, but is not there; connect it")
        keeper = try DeviceKeeper(
            name: "mic-keeper",
            open: { () throws(DeviceError) in try open(counters) }, close: { $0.stop() },
            describe: { .opened($0.device, format: $0.formatText) }, observer: observer)
    }

    public var device: DeviceDescription { keeper.peek { $0.device } ?? described.withLock { $0 } }
    /// Of the card, 0 while there is none.
    public var channels: Int { keeper.peek { $0.channels } ?? 0 }
    public var statistics: SoundStatistics { counters.statistics }
    /// Why there is no card, nil while there is one.
    public var problem: DeviceError? { keeper.problem }
    /// A card was plugged in: not to wait for the next attempt.
    public func tryNow() { keeper.tryNow() }

    public func read(
        into block: UnsafeMutableBufferPointer<Float>, at now: Instant
    ) throws(DeviceError) -> Instant? {
        if isStopped.load(ordering: .acquiring) { throw away }
        guard let card = keeper.card() else { throw away }
        // No reference of our own: it could become the last one, and free the card here.
        let result = card._withUnsafeGuaranteedRef { card -> Result<Instant?, DeviceError> in
            do throws(DeviceError) { return .success(try card.read(into: block, at: now)) } catch {
                return .failure(error)
            }
        }
        // Busy is asleep: it wakes by itself.
        if case .failure(let error) = result, error.reason != .busy {
            counters.losses.wrappingAdd(1, ordering: .relaxed)
            keeper.retire(error)
        }
        return try result.get()
    }

    public func stop() {
        isStopped.store(true, ordering: .releasing)
        keeper.stop()
    }
}
