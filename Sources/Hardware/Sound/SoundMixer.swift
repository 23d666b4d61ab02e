import Base
import Glibc
public import Media
import Synchronization

/// Volume and mute of a sound card, as people set them with the card's own keys, and as we set them.
///
/// A thread of its own waits for the card's events. Values are the card's, read back after every change.
public final class SoundMixer: @unchecked Sendable {
    /// What the card says; nil where it has no such control.
    public struct Levels: Hashable, Sendable {
        /// Per cent, as an ear hears it.
        public var volume: Int?
        public var isMuted: Bool?

        public init(volume: Int? = nil, isMuted: Bool? = nil) {
            self.volume = volume
            self.isMuted = isMuted
        }
    }

    public struct State: Hashable, Sendable {
        public var speaker = Levels()
        public var microphone = Levels()

        public init() {}
    }

    public enum Event: Hashable, Sendable {
        /// Something is not what it was, by keys of the card, by another program or by us.
        /// - Parameter obeyed: the number of the last order that was carried out before the card was asked; what it says
        ///   of what a later one is about is out of date.
        case changed(State, obeyed: UInt64)
        /// The card is gone, or only fails; make a new mixer when it is back.
        case lost(DeviceError)
    }

    private enum Order {
        case volume(Int, isCapture: Bool)
        case mute(Bool, isCapture: Bool)
    }

    /// Where a direction's volume and switch are among the card's controls.
    struct Place: Hashable {
        var volume: Int?
        var mute: Int?
    }

    /// Failures in a row after which a card that is there is given up, too; and milliseconds after each.
    private static let mostFailures = 8
    private static let pause: Int32 = 25

    private let calls: any MixerCalls
    private let card: String
    private let places: [Place]
    private let orders = Mutex<(waiting: [Order], last: UInt64)>(([], 0))
    private let latest = Mutex(State())
    private let wake = EventSignal()
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<DeviceThread?>(nil)

    /// Opens the mixer of a card and tells `observer` of the first state, and of every change, on a thread of its own.
    /// - Parameter card: a PCM's name, `hw:CARD=Jabra,DEV=0`, of whose card it is.
    public convenience init(card: String, observer: @escaping @Sendable (Event) -> Void) throws(DeviceError) {
        let name = Self.cardName(of: card)
        try self.init(calls: SystemMixer(card: name), card: name, observer: observer)
    }

    init(
        calls: any MixerCalls, card: String, observer: @escaping @Sendable (Event) -> Void
    ) throws(DeviceError) {
        self.calls = calls
        self.card = card
        places = [false, true].map { Self.place(in: calls.controls, isCapture: $0) }
        do throws(ThreadError) {
            let started = try DeviceThread(name: "mixer") { [self] in run(observer) }
            thread.withLock { $0 = started }
        } catch {
            throw DeviceError(.failed, error.description)
        }
    }

    /// What the card said last.
    public var state: State { latest.withLock { $0 } }

    /// - Parameter volume: per cent. Nothing happens where the card has no volume.
    /// - Returns: the order's number, greater than those of all before.
    @discardableResult
    public func setSpeaker(volume: Int) -> UInt64 { order(.volume(volume, isCapture: false)) }
    @discardableResult
    public func setSpeaker(isMuted: Bool) -> UInt64 { order(.mute(isMuted, isCapture: false)) }
    @discardableResult
    public func setMicrophone(volume: Int) -> UInt64 { order(.volume(volume, isCapture: true)) }
    @discardableResult
    public func setMicrophone(isMuted: Bool) -> UInt64 { order(.mute(isMuted, isCapture: true)) }

    /// Ends the thread and waits for it. Not from the observer.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.signal()
        let thread = thread.withLock { $0.take() }
        thread?.join()
    }

    private func order(_ order: Order) -> UInt64 {
        let number = orders.withLock { orders in
            // Whoever turns a knob fast wants to be where it stops.
            if orders.waiting.count >= 64 { orders.waiting.removeFirst() }
            orders.waiting.append(order)
            orders.last += 1
            return orders.last
        }
        wake.signal()
        return number
    }

    // MARK: - The mixer's thread

    private func run(_ observer: @Sendable (Event) -> Void) {
        var told: State?
        var obeyed: UInt64 = 0
        var failures = 0
        while !isStopping.load(ordering: .acquiring) {
            guard let code = turn(&told, &obeyed, observer) else {
                failures = 0
                continue
            }
            failures += 1
            guard Self.isGone(code) || failures >= Self.mostFailures else {
                _ = SystemPause.pause(interrupt: wake.fileDescriptor, milliseconds: Self.pause)
                continue
            }
            let error = systemError(code, "the mixer of \(card)", expected: "a mixer that answers")
            if !isStopping.load(ordering: .acquiring) { observer(.lost(error)) }
            return
        }
    }

    /// Reads, tells what is new, waits for the card or for orders, and obeys them.
    /// - Returns: −errno of what failed; nil when all went well.
    private func turn(
        _ told: inout State?, _ obeyed: inout UInt64, _ observer: @Sendable (Event) -> Void
    ) -> Int32? {
        do throws(MixerFailure) {
            let state = try read()
            latest.withLock { $0 = state }
            if state != told { observer(.changed(state, obeyed: obeyed)) }
            told = state
            try check(calls.wait(interrupt: wake.fileDescriptor))
        } catch {
            return error.code
        }
        wake.drain()
        let (orders, last) = orders.withLock { orders in
            defer { orders.waiting = [] }
            return orders
        }
        defer { obeyed = last }
        // What one is refused for, the next may be given; what became of each is read back.
        var failure: Int32?
        for order in orders {
            do throws(MixerFailure) { try obey(order) } catch {
                failure = error.code
                if Self.isGone(error.code) { break }
            }
        }
        return failure
    }

    private static func isGone(_ code: Int32) -> Bool { [ENODEV, ENXIO, ENOENT].contains(-code) }

    private func read() throws(MixerFailure) -> State {
        var state = State()
        state.speaker = try read(places[0])
        state.microphone = try read(places[1])
        return state
    }

    private func read(_ place: Place) throws(MixerFailure) -> Levels {
        var levels = Levels()
        if let control = place.volume {
            levels.volume = MixerScale(calls.controls[control]).percent(of: try calls.volume(of: control).get())
        }
        if let control = place.mute { levels.isMuted = !(try calls.isOn(control).get()) }
        return levels
    }

    private func obey(_ order: Order) throws(MixerFailure) {
        switch order {
        case .volume(let percent, let isCapture):
            guard let control = places[isCapture ? 1 : 0].volume else { return }
            try check(calls.setVolume(of: control, to: MixerScale(calls.controls[control]).value(of: percent)))
        case .mute(let isMuted, let isCapture):
            guard let control = places[isCapture ? 1 : 0].mute else { return }
            try check(calls.set(control, on: !isMuted))
        }
    }

    private func check(_ code: Int32) throws(MixerFailure) {
        guard code < 0 else { return }
        throw MixerFailure(code: code)
    }

    // MARK: - Which controls

    /// What drivers call the control that a card's keys turn, the likeliest first.
    private static let playbackNames = [
        "Master", "Speaker", "PCM", "Headset", "Headphone", "Front", "Digital", "Line Out",
    ]
    private static let captureNames = ["Capture", "Mic", "Headset", "Internal Mic", "Front Mic", "Digital", "Line"]

    static func place(in controls: [MixerControl], isCapture: Bool) -> Place {
        let names = isCapture ? captureNames : playbackNames
        let mine = controls.indices.filter { controls[$0].isCapture == isCapture }
        func rank(_ index: Int) -> Int { names.firstIndex(of: controls[index].name) ?? names.count }
        // `min` takes the first of equals, in the card's order.
        let volume = mine.filter { controls[$0].steps != nil }.min { rank($0) < rank($1) }
        let switches = mine.filter { controls[$0].hasSwitch }
        // The switch beside the volume, if it has one.
        let mute = switches.first { $0 == volume } ?? switches.min { rank($0) < rank($1) }
        return Place(volume: volume, mute: mute)
    }

    /// `hw:CARD=Jabra` of `hw:CARD=Jabra,DEV=0` or `plughw:Jabra,0`; other names as they are.
    static func cardName(of pcm: String) -> String {
        guard let colon = pcm.firstIndex(of: ":") else { return pcm }
        let arguments = pcm[pcm.index(after: colon)...].split(separator: ",")
        let named = arguments.first { $0.hasPrefix("CARD=") }?.dropFirst("CARD=".count) ?? arguments.first
        guard let named, !named.isEmpty else { return pcm }
        return "hw:\(named)"
    }
}
