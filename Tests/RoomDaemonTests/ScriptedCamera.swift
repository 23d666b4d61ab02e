import Base
import Hardware
import Media
import Synchronization

@testable import RoomDaemon

/// A camera of the machine that is what a test says, on a clock of its own.
final class ScriptedCamera: SelectableCamera, RestingCamera {
    enum Condition: Sendable {
        case live, gone, noSignal
        /// There, but without a picture yet.
        case silent
    }

    struct State: Sendable {
        var condition = Condition.live
        var now = Instant.zero + .seconds(100)
        var device = DeviceDescription(id: "cam", kind: .camera, name: "Cam", bus: "usb")
        var format = VideoFormat(width: 320, height: 180, frameRate: 30)
        var wasToldOfChanges = 0
        var hasThrown = false
        /// What was asked of it last is rest.
        var isResting = false
        /// What was selected last.
        var specification = "cam"
        /// What can be selected.
        var others: [String] = []
        var zoom = 100
        /// From picture to picture.
        var interval = Duration.milliseconds(33)
        /// From taking a picture to handing it on.
        var latency = Duration.zero
        var lastPicture = Instant.zero
    }

    let state = Mutex(State())
    private let isRealTime: Bool

    init(isRealTime: Bool = false) {
        self.isRealTime = isRealTime
    }

    var device: DeviceDescription { state.withLock { $0.device } }
    var format: VideoFormat { state.withLock { $0.format } }
    var signal: VideoSignal { state.withLock { $0.condition == .noSignal ? .none : .present } }
    var problem: DeviceError? { state.withLock { $0.condition == .gone ? Self.loss : nil } }
    var now: Instant { isRealTime ? MonotonicClock.now : state.withLock { $0.now } }
    static let loss = DeviceError(.lost, "the cable is out")

    /// The clock that goes on as the camera is asked.
    var time: CameraFeed.Time {
        CameraFeed.Time(now: { [self] in now }, sleep: { [self] in pass(until: $0) })
    }

    func become(_ condition: Condition) { state.withLock { $0.condition = condition } }

    private func pass(until instant: Instant) {
        if isRealTime { return MonotonicClock.sleep(until: instant) }
        state.withLock { $0.now = max($0.now, instant) }
    }

    func rest(until deadline: Instant) throws(DeviceError) -> Bool {
        let (condition, isFirst) = state.withLock { state in
            defer {
                state.hasThrown = state.condition == .gone
                state.isResting = true
            }
            return (state.condition, !state.hasThrown)
        }
        // An HDMI input has to run to tell what is connected.
        if condition == .noSignal { return false }
        if condition != .gone || !isFirst { pass(until: deadline) }
        if condition == .gone { throw Self.loss }
        return true
    }

    func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
        let now = now
        let (condition, isFirst, format) = state.withLock { state in
            state.isResting = false
            defer { state.hasThrown = state.condition == .gone }
            return (state.condition, !state.hasThrown, state.format)
        }
        switch condition {
        case .live:
            let (interval, latency, last) = state.withLock { ($0.interval, $0.latency, $0.lastPicture) }
            let due = now - last > interval ? now + min(interval, .milliseconds(33)) : last + interval
            pass(until: min(due, deadline))
            if due > deadline { return nil }
            state.withLock { $0.lastPicture = due }
            let frame = pool.take(width: format.width, height: format.height)
            frame?.captureTime = self.now - latency
            return frame
        case .silent, .noSignal:
            pass(until: deadline)
            return nil
        case .gone:
            // At once, then at each deadline.
            if !isFirst { pass(until: deadline) }
            throw Self.loss
        }
    }

    func stop() {}
    func devicesChanged() { state.withLock { $0.wasToldOfChanges += 1 } }

    func select(_ specification: String) {
        state.withLock { state in
            state.specification = specification
            let found = specification == "auto" ? state.others.first : specification
            state.condition = found.map(state.others.contains) == true ? .live : .gone
            // Until another is open it is called by the name of the last.
            if let found, state.condition == .live { state.device.id = found }
        }
    }

    var settingsProblem: DeviceError? { nil }

    func controls() throws(DeviceError) -> [CameraControl] { [] }

    func set(_ values: [String: Int]) throws(DeviceError) {
        guard let zoom = values["zoom"], values.count == 1 else {
            throw DeviceError(.unknown, "the camera has no such control; present: zoom")
        }
        if problem != nil { throw Self.loss }
        state.withLock { $0.zoom = zoom }
    }

    func offers() throws(DeviceError) -> [CameraFormats.Offer] { [] }
}
