public import Base
public import Media
import Synchronization

/// A monitor on a graphics card of this machine, by atomic kernel modesetting.
///
/// Lives as long as the daemon: it opens the card on the display thread at the first `nextBuffer`, throws
/// `DeviceError(.lost)` while there is no monitor, `.busy` while another program drives the card, and is lit again by
/// itself, perhaps with another mode (see `Display.generation`).
public final class KMSDisplay: Display {
    private struct Published: Sendable {
        var device: DeviceDescription
        var mode: DisplayMode
        var generation: Int
    }

    private let flags = Flags()
    private let signal = EventSignal()
    private let published: PublishedBox
    private let engine: Mutex<KMSEngine>

    private final class Flags: Sendable {
        let isStopping = Atomic<Bool>(false)
        /// A hot-plug event has come.
        let isNews = Atomic<Bool>(false)
    }

    private final class PublishedBox: Sendable {
        let value: Mutex<Published>
        init(_ value: Published) { self.value = Mutex(value) }
    }

    /// Touches no device.
    /// - Parameters:
    ///   - specification: `auto` (the first connector with a monitor), `/dev/dri/card0` or a link to it, a connector's
    ///     name such as `HDMI-A-1`, or the identifier of a display of `HardwareInventory`.
    ///   - mode: instead of the monitor's preferred one, where the monitor has it.
    ///   - onConnection: called on the display thread with what is lit, and nil when it is gone. Must not block or
    ///     call back.
    public convenience init(
        specification: String = "auto", mode: DisplayModeRequest? = nil,
        onConnection: (@Sendable (DisplayConnection?) -> Void)? = nil
    ) {
        self.init(
            system: MachineKMS(), specification: specification, mode: mode, onConnection: onConnection)
    }

    init(
        system: any KMSSystem, specification: String = "auto", mode: DisplayModeRequest? = nil,
        onConnection: (@Sendable (DisplayConnection?) -> Void)? = nil
    ) {
        let (flags, signal) = (flags, signal)
        let box = PublishedBox(
            Published(
                device: DeviceDescription(id: specification, kind: .display, name: "Display", bus: "platform"),
                mode: DisplayMode(
                    width: mode?.width ?? 1920, height: mode?.height ?? 1080, refresh: mode?.refresh ?? 60),
                generation: 0))
        published = box
        engine = Mutex(
            KMSEngine(
                system: system, specification: DisplaySpecification(specification), request: mode, signal: signal,
                isStopping: { flags.isStopping.load(ordering: .acquiring) },
                changed: { engine in
                    let news = Published(device: engine.device, mode: engine.mode, generation: engine.generation)
                    box.value.withLock { $0 = news }
                    onConnection?(engine.connection)
                }))
    }

    /// With the monitor's name and a stable identifier once it was lit; before that, what the configuration says.
    public var device: DeviceDescription { published.value.withLock { $0.device } }
    /// Of the monitor once it was lit; before that the requested mode, or 1920×1080@60.
    public var mode: DisplayMode { published.value.withLock { $0.mode } }
    public var generation: Int { published.value.withLock { $0.generation } }

    /// A hot-plug event of the subsystem `drm` has come, whatever it said: looks at everything again. Any thread.
    public func lookAgain() {
        flags.isNews.store(true, ordering: .releasing)
        signal.signal()
    }

    public func nextBuffer() throws(DeviceError) -> DisplayBuffer {
        try engine.withLock { engine throws(DeviceError) in try engine.nextBuffer(isNews: takeNews()) }
    }

    public func flip() throws(DeviceError) -> Instant {
        try flip(damage: [])
    }

    public func flip(damage: [DisplayRect]) throws(DeviceError) -> Instant {
        try engine.withLock { engine throws(DeviceError) in try engine.flip(damage: damage) }
    }

    /// Sees to hot-plug events while there is nothing to draw.
    public func idle(until instant: Instant) throws(DeviceError) {
        try engine.withLock { engine throws(DeviceError) in try engine.idle(until: instant, isNews: takeNews()) }
    }

    /// Off is a black picture and then no signal (DPMS); a buffer handed out before is not to be drawn into any more.
    /// While there is no monitor it is remembered.
    public func setPower(on: Bool) throws(DeviceError) {
        try engine.withLock { engine throws(DeviceError) in try engine.setPower(on: on) }
    }

    /// Ends a blocked call at once, leaves the screen black and gives the card up. While a buffer is being drawn into,
    /// that waits for the display thread's next call, or for the end of this object.
    public func stop() {
        flags.isStopping.store(true, ordering: .releasing)
        signal.signal()
        engine.withLock { engine in
            if !engine.isDrawn { engine.leave() }
        }
    }

    private func takeNews() -> Bool {
        flags.isNews.exchange(false, ordering: .acquiringAndReleasing)
    }
}
