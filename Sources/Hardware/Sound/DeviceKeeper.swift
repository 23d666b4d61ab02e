import Base
import Media
import Synchronization

/// Opens a card for the audio thread, again and again as it comes and goes.
///
/// Opening and closing block and allocate, so a thread of the keeper's does them. The audio thread takes an open card
/// over (`card`) and hands a broken one back (`retire`), each by one atomic word. The keeper holds the reference that
/// keeps a card alive in between, so that nothing is ever freed on the audio thread.
final class DeviceKeeper<Card: AnyObject & Sendable>: @unchecked Sendable {
    private static var firstPause: Duration { .milliseconds(250) }
    private static var longestPause: Duration { .milliseconds(800) }
    /// A card that fails sooner than this after it was opened is opened again ever more slowly.
    private static var shortLife: Duration { .seconds(5) }

    private struct State {
        var card: Card?
        var problem: DeviceError? = DeviceError(.lost, "the sound card is not open yet")
    }

    private let open: @Sendable () throws(DeviceError) -> Card
    private let close: @Sendable (Card) -> Void
    private let observer: @Sendable (SoundEvent) -> Void
    private let describe: @Sendable (Card) -> SoundEvent
    private let state = Mutex(State())
    private let wake = EventSignal()
    private let isStopping = Atomic<Bool>(false)
    /// Words that hold an unowned reference, 0 for none: from the keeper to the audio thread and back.
    private let arrived = Atomic<UInt>(0)
    private let retired = Atomic<UInt>(0)
    private let thread = Mutex<DeviceThread?>(nil)

    // The audio thread's own.
    private var current: Unmanaged<Card>?
    /// Goes over with `retired`.
    private var failure: DeviceError?

    // The keeper's thread's own.
    private var pause = DeviceKeeper.firstPause
    private var openedAt = Instant.zero

    /// - Parameters:
    ///   - open: on the keeper's thread, the first time, too: a sick card holds nobody up.
    ///   - close: ends a blocked call on the card; any thread.
    ///   - describe: what is told of a card that was opened.
    ///   - observer: on the keeper's thread.
    init(
        name: String, open: @escaping @Sendable () throws(DeviceError) -> Card,
        close: @escaping @Sendable (Card) -> Void, describe: @escaping @Sendable (Card) -> SoundEvent,
        observer: @escaping @Sendable (SoundEvent) -> Void
    ) throws(DeviceError) {
        self.open = open
        self.close = close
        self.describe = describe
        self.observer = observer
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
        if let card { close(card) }
        wake.signal()
    }

    // MARK: - Audio thread

    /// The card, when there is one. Real-time safe. The reference does not own: the keeper does.
    func card() -> Unmanaged<Card>? {
        if let current { return current }
        let word = arrived.exchange(0, ordering: .acquiringAndReleasing)
        guard let pointer = UnsafeRawPointer(bitPattern: word) else { return nil }
        current = Unmanaged.fromOpaque(pointer)
        return current
    }

    /// Gives the card back, which does not work any more. Real-time safe.
    func retire(_ failure: DeviceError) {
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
        let hasCard = state.withLock { $0.card != nil }
        // Not for ever: the thread holds the keeper while it waits, and must notice that nobody else does.
        wake.wait(atMost: hasCard ? .seconds(1) : pause)
        if retired.exchange(0, ordering: .acquiringAndReleasing) != 0 {
            let error = failure ?? DeviceError(.lost, "the sound card is gone")
            failure = nil
            let card = state.withLock { state in
                defer { (state.card, state.problem) = (nil, error) }
                return state.card
            }
            // Closes it, here and now.
            _ = consume card
            pause = MonotonicClock.now - openedAt < Self.shortLife ? min(pause * 2, Self.longestPause) : Self.firstPause
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
            let card = try open()
            state.withLock { state in
                state.card = card
                state.problem = nil
            }
            openedAt = MonotonicClock.now
            arrived.store(UInt(bitPattern: Unmanaged.passUnretained(card).toOpaque()), ordering: .releasing)
            observer(describe(card))
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
