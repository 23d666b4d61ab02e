import Base
import Media
import Synchronization

/// A sound card that is open.
protocol SoundCardStream: AnyObject, Sendable {
    var device: DeviceDescription { get }
    /// For the log: rate, format, channels and buffer.
    var formatText: String { get }
    /// Ends a blocked call; any thread.
    func stop()
}

/// Opens a card for the audio thread, again and again as it comes and goes.
///
/// Opening and closing block and allocate, so a thread of the keeper's does them. The audio thread takes an open card
/// over and hands a broken one back (`use`), each by one atomic word. The keeper holds the reference that
/// keeps a card alive in between, so that nothing is ever freed on the audio thread.
final class DeviceKeeper<Card: SoundCardStream>: @unchecked Sendable {
    private static var firstPause: Duration { .milliseconds(250) }
    private static var longestPause: Duration { .milliseconds(800) }
    /// A card that fails sooner than this after it was opened is opened again ever more slowly.
    private static var shortLife: Duration { .seconds(5) }

    private struct State {
        var card: Card?
        var problem: DeviceError? = DeviceError(.lost, "the sound card is not open yet")
    }

    private let open: @Sendable (SoundCounters) throws(DeviceError) -> Card
    private let observer: @Sendable (SoundEvent) -> Void
    private let counters: SoundCounters
    /// How the card is shown until it has been opened.
    private let placeholder: DeviceDescription
    /// Thrown while there is no card: made beforehand, for the audio thread.
    private let away: DeviceError
    private let state = Mutex(State())
    let wake = EventSignal()
    private let isStopping = Atomic<Bool>(false)
    /// Words that hold an unowned reference, 0 for none: from the keeper to the audio thread and back.
    private let arrived = Atomic<UInt>(0)
    private let retired = Atomic<UInt>(0)
    private let thread = Mutex<DeviceThread?>(nil)
    private let now: @Sendable () -> Instant

    // The audio thread's own.
    private var current: Unmanaged<Card>?
    /// Goes over with `retired`.
    private var failure: DeviceError?

    // The keeper's thread's own.
    private var pause = DeviceKeeper.firstPause
    private var openedAt = Instant.zero

    /// Begins to open the card, and tries until it is there; waits for nothing.
    /// - Parameters:
    ///   - device: how it is shown until it has been opened.
    ///   - counters: outlive each opening.
    ///   - observer: on the keeper's thread.
    ///   - hasThread: otherwise whoever made it calls `work`, at `pauseAtMost` after the last time or when `wake` says so.
    ///   - open: on the keeper's thread, the first time, too: a sick card holds nobody up.
    init(
        device: DeviceDescription, counters: SoundCounters, observer: @escaping @Sendable (SoundEvent) -> Void,
        hasThread: Bool = true, now: @escaping @Sendable () -> Instant = { MonotonicClock.now },
        open: @escaping @Sendable (SoundCounters) throws(DeviceError) -> Card
    ) throws(DeviceError) {
        self.open = open
        self.observer = observer
        self.counters = counters
        self.now = now
        placeholder = device
        let isMicrophone = device.kind == .microphone
        away = DeviceError(
            .lost, "\(device.id) was expected to \(isMicrophone ? "record" : "play"), but is not there; connect it")
        guard hasThread else {
            tryToOpen()
            return
        }
        let name = isMicrophone ? "mic-keeper" : "speaker-keeper"
        do throws(ThreadError) {
            let started = try DeviceThread(name: name) { [weak self] in
                self?.tryToOpen()
                while let keeper = self, keeper.turn() {}
            }
            thread.withLock { $0 = started }
        } catch {
            throw DeviceError(.failed, error.description)
        }
    }

    // MARK: - Control plane

    var device: DeviceDescription { peek { $0.device } ?? placeholder }
    var statistics: SoundStatistics { counters.statistics }
    /// Why there is no card, nil while there is one.
    var problem: DeviceError? { state.withLock { $0.problem } }

    /// Looks at the card, when there is one. Not on the audio thread.
    func peek<Result>(_ body: (Card) -> Result) -> Result? {
        state.withLock { $0.card }.map(body)
    }

    /// A card was plugged in: not to wait for the next attempt.
    func tryNow() { wake.signal() }

    /// Ends what blocks on the card and lets the keeper's thread end. The card itself is let go when the audio thread has
    /// given it back, or with the keeper.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        let card = state.withLock { $0.card }
        card?.stop()
        wake.signal()
    }

    // MARK: - Audio thread

    /// Does something with the card, or throws that there is none. What fails for good is given back. Real-time safe.
    @inline(__always)
    func use<Answer>(_ body: (Card) throws(DeviceError) -> Answer) throws(DeviceError) -> Answer {
        guard !isStopping.load(ordering: .acquiring), let card = card() else { throw away }
        // No reference of our own: it could become the last one, and free the card here.
        let result = card._withUnsafeGuaranteedRef { card -> Result<Answer, DeviceError> in
            do throws(DeviceError) { return .success(try body(card)) } catch { return .failure(error) }
        }
        // Busy is asleep: it wakes by itself.
        if case .failure(let error) = result, error.reason != .busy {
            counters.losses.wrappingAdd(1, ordering: .relaxed)
            retire(error)
        }
        return try result.get()
    }

    /// The card, when there is one. The reference does not own: the keeper does.
    private func card() -> Unmanaged<Card>? {
        if let current { return current }
        let word = arrived.exchange(0, ordering: .acquiringAndReleasing)
        guard let pointer = UnsafeRawPointer(bitPattern: word) else { return nil }
        current = Unmanaged.fromOpaque(pointer)
        return current
    }

    /// Gives the card back, which does not work any more.
    private func retire(_ failure: DeviceError) {
        guard let current else { return }
        self.current = nil
        self.failure = failure
        retired.store(UInt(bitPattern: current.toOpaque()), ordering: .releasing)
        wake.signal()
    }

    // MARK: - The keeper's thread

    /// One turn: waits for something to do and does it.
    /// - Returns: false when it is over.
    private func turn() -> Bool {
        wake.wait(atMost: pauseAtMost)
        return work()
    }

    /// Not for ever: the thread holds the keeper while it waits, and must notice that nobody else does.
    var pauseAtMost: Duration { state.withLock { $0.card != nil } ? .seconds(1) : pause }

    /// Closes what is broken, opens what is not there.
    /// - Returns: false when it is over.
    func work() -> Bool {
        if retired.exchange(0, ordering: .acquiringAndReleasing) != 0 {
            let error = failure ?? DeviceError(.lost, "the sound card is gone")
            failure = nil
            let card = state.withLock { state in
                defer { (state.card, state.problem) = (nil, error) }
                return state.card
            }
            // Closes it, here and now.
            _ = consume card
            pause = now() - openedAt < Self.shortLife ? min(pause * 2, Self.longestPause) : Self.firstPause
            if isStopping.load(ordering: .acquiring) { return false }
            observer(.lost(error))
            return true
        }
        if isStopping.load(ordering: .acquiring) { return false }
        if state.withLock({ $0.card == nil }) { tryToOpen() }
        return true
    }

    private func tryToOpen() {
        do throws(DeviceError) {
            let card = try open(counters)
            state.withLock { state in
                state.card = card
                state.problem = nil
            }
            openedAt = now()
            arrived.store(UInt(bitPattern: Unmanaged.passUnretained(card).toOpaque()), ordering: .releasing)
            observer(.opened(card.device, format: card.formatText))
        } catch {
            let isNews = state.withLock { state in
                defer { state.problem = error }
                return state.problem != error
            }
            if isNews { observer(.unavailable(error)) }
            pause = min(pause * 2, Self.longestPause)
        }
    }
}
