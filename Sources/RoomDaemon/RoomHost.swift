import AudioPipeline
import Base
import Compositor
import ControlAPI
import ControlServer
import Digests
import JSON
import Logging
import Media
import Meeting
import Room
import Scheduling
import Synchronization

/// Runs the room's policy: takes everything that happens, one after the other, and carries out what comes of it.
final class RoomHost: Sendable {
    /// What the policy's effects act on. Whatever is not there is nil.
    struct Actuators: Sendable {
        var control: ControlServer?
        var bridge: ControlBridge
        var meetings: MeetingDriver
        var audio: AudioEngine
        var mixers: MixerDesk
        var camera: CameraFeed?
        var encoding: VideoEncoding?
        var display: DisplayDriver?
        var calendars: CalendarFeed?
        var hub: MediaHub
        var store: StateWriter
        var audioReports: AudioReports
        var statistics: StatisticsSampler
        var desk: DeviceDesk?
        var television: (any Television)?
    }

    /// Beats whenever the policy has been asked, which is once a second at least.
    let pulse = LoopPulse("policy")
    private let inbox = PolicyInbox()
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    private let lastSummary = Mutex(RoomSummary())

    /// As of the last thing that happened.
    var summary: RoomSummary { lastSummary.withLock { $0 } }

    /// How much waits for the policy.
    var depth: BufferDepth { inbox.depth }

    /// Tells the policy that something happened. From anywhere.
    /// - Returns: false when too much waits already.
    @discardableResult
    func post(_ event: RoomInput) -> Bool {
        inbox.add(.happened(event))
    }

    /// What the policy wants remembered is on disk, up to this number, or could not be put there.
    func tellSaved(_ number: UInt64, problem: String?) {
        _ = inbox.add(.saved(number, problem: problem))
    }

    static var now: RoomTime {
        let civil = MonotonicClock.wallTime
        return RoomTime(
            monotonic: MonotonicClock.now, civil: civil, startOfToday: LocalTime.startOfDay(civil))
    }

    /// Runs until the policy has ended what it was in after `RoomInput.shutdown`.
    func run(_ controller: consuming RoomController, _ actuators: Actuators) async {
        var controller = controller
        var gate = EffectGate()
        let timer = WakeTimer { [inbox] in inbox.ring() }
        defer { timer.cancel() }
        var due = wakeTime(controller)
        publish(controller, actuators)
        for await _ in inbox.wakes {
            pulse.beat()
            var actions: [EffectGate.Action] = []
            for event in inbox.takeAll() {
                switch event {
                case .happened(let input): controller.handle(input, at: Self.now)
                case .saved(let number, let problem):
                    actions += gate.saved(number, at: MonotonicClock.now).map { .perform($0) }
                    noteSaved(problem, &controller)
                }
                collect(from: &controller, &gate, &actions)
            }
            let now = Self.now
            // By the instant, not by the tick: levels come ten times a second, and each of them sets the tick anew.
            if now.monotonic >= due {
                controller.handleTimeout(at: now)
                collect(from: &controller, &gate, &actions)
                due = wakeTime(controller)
            } else {
                due = min(due, wakeTime(controller))
            }
            if let overdue = gate.giveUp(at: now.monotonic) {
                noteSaved("the disk does not answer; check [storage] state", &controller)
                collect(from: &controller, &gate, &actions)
                actions += overdue.map { .perform($0) }
            }
            if let deadline = gate.deadline { due = min(due, deadline) }
            // State first, then answers: whoever gets an answer finds the state that belongs to it.
            publish(controller, actuators)
            guard perform(actions, actuators) else { break }
            timer.set(due, now: now.monotonic)
            let dropped = inbox.takeDropped()
            if dropped > 0 { logger.error("a meeting told more than can be taken", metadata: ["lost": "\(dropped)"]) }
        }
        ended.continuation.finish()
    }

    private func collect(
        from controller: inout RoomController, _ gate: inout EffectGate, _ actions: inout [EffectGate.Action]
    ) {
        var effects: [RoomEffect] = []
        while let effect = controller.pollEffect() { effects.append(effect) }
        actions += gate.admit(effects, at: MonotonicClock.now)
    }

    private func noteSaved(_ problem: String?, _ controller: inout RoomController) {
        if let problem { logger.error("the room's memory is not safe", metadata: ["reason": "\(problem)"]) }
        controller.handle(.problem(code: "storage.state", text: problem), at: Self.now)
    }

    /// - Returns: false when the policy has ended.
    private func perform(_ actions: [EffectGate.Action], _ actuators: Actuators) -> Bool {
        var isOver = false
        var answers: [(id: CommandID, result: Result<JSONValue, RPCError>)] = []
        for action in actions {
            switch action {
            case .save(let number, let memory): actuators.store.save(memory, number: number)
            case .perform(.answer(let id, let result)): answers.append((id, result))
            case .perform(let effect):
                if case .readyToEnd = effect { isOver = true }
                perform(effect, actuators)
            }
        }
        actuators.bridge.answer(answers)
        return !isOver
    }

    private let ended = AsyncStream<Void>.makeStream()

    /// Returns when the policy has ended.
    func finished() async {
        for await _ in ended.stream {}
    }

    /// When the policy wants to be called, and at the latest in a second: the civil clock may have been set.
    private func wakeTime(_ controller: borrowing RoomController) -> Instant {
        let now = Self.now
        return min(controller.nextDeadline(at: now) ?? .distantFuture, now.monotonic + .seconds(1))
    }

    private func publish(_ controller: RoomController, _ actuators: Actuators) {
        let state = controller.state(at: Self.now)
        lastSummary.withLock { $0 = RoomSummary(state) }
        actuators.control?.publish(state, at: MonotonicClock.now)
        actuators.display?.show { controller.screen(at: $0) }
    }

    // MARK: - Effects

    private func perform(_ effect: RoomEffect, _ actuators: Actuators) {
        switch effect {
        case .event(let event):
            log(event)
            actuators.control?.publish(event, at: MonotonicClock.wallTime)
        case .join(let generation, let request): actuators.meetings.join(generation, request)
        case .setSending(let isSending): actuators.audio.setSending(isSending)
        case .leave(let generation):
            actuators.hub.clear()
            actuators.meetings.leave(generation)
        case .operate(let id, let operation): actuators.meetings.operate(id, operation)
        case .setMicrophone(let isOpen):
            actuators.audio.setMicrophone(isOpen: isOpen)
            actuators.mixers.setMicrophone(isOpen: isOpen)
            actuators.audioReports.expectAnswer()
            actuators.meetings.markMicrophone(isOpen: isOpen)
        case .setCamera(let isOpen):
            actuators.camera?.setOpen(isOpen)
            actuators.meetings.markCamera(isOpen: isOpen)
        case .setSpeaker(let volume, let isMuted):
            actuators.mixers.setSpeaker(volume: volume, isMuted: isMuted)
            actuators.audioReports.expectAnswer()
        case .configureVideo(let settings): actuators.encoding?.configure(settings)
        case .setDisplayPower(let isOn):
            actuators.display?.setPower(isOn: isOn)
            isOn ? actuators.television?.wake() : actuators.television?.sleep()
        case .selectDevice(let id, let kind, let device):
            guard let desk = actuators.desk else { return refuseDevice(id, device, actuators) }
            desk.select(kind, id: device) { [self] in post(.devicesSet(id, $0)) }
        case .configureDevice(let id, let device, let controls):
            guard let desk = actuators.desk else { return refuseDevice(id, device, actuators) }
            desk.configure(id: device, controls: controls) { [self] in post(.devicesSet(id, $0)) }
        case .takeSnapshot(let id, let width): takeSnapshot(id, width, actuators)
        case .takeStatistics(let id):
            let (bridge, statistics) = (actuators.bridge, actuators.statistics)
            Task { bridge.answer(id, .success(await statistics.report())) }
        case .refreshCalendars: actuators.calendars?.refresh()
        case .reportLevels(let interval): actuators.meetings.reportLevels(every: interval ?? .zero)
        case .playCountdownSound: actuators.audio.playChime()
        // Done before, and all answers of a round together.
        case .remember, .readyToEnd, .answer: break
        }
    }

    private func log(_ event: RoomEvent) {
        switch event {
        case .audioLevels, .participantUpdated, .speakerActive, .scheduleChanged: break
        case .healthChanged(let health):
            logger.notice(
                "health",
                metadata: [
                    "status": "\(health.status.rawValue)",
                    "problems": "\(health.problems.map(\.code).joined(separator: ","))",
                ])
        default: logger.info("\(event.name.rawValue)", metadata: ["data": "\(event.data.text)"])
        }
    }

    private func refuseDevice(_ id: CommandID, _ device: String, _ actuators: Actuators) {
        actuators.bridge.answer(id, .failure(RPCError(.unknownDevice, "There is no device “\(device)”.")))
    }

    private func takeSnapshot(_ id: CommandID, _ width: Int, _ actuators: Actuators) {
        let bridge = actuators.bridge
        guard let display = actuators.display else {
            bridge.answer(id, .failure(RPCError(.deviceLost, "No display is configured: set devices.display.")))
            return
        }
        display.takeSnapshot(width: width) { result in
            // Off the display thread: making a PNG takes a while.
            Task {
                do {
                    let snapshot = try result.get()
                    let png = try snapshot.screenshot.png()
                    bridge.answer(
                        id,
                        .success([
                            "width": .integer(Int64(snapshot.screenshot.width)),
                            "height": .integer(Int64(snapshot.screenshot.height)),
                            "time": .integer(snapshot.time.nanoseconds), "png": .string(Base64.encode(png)),
                        ]))
                } catch DisplayDriver.SnapshotError.lost, DisplayDriver.SnapshotError.stopped {
                    bridge.answer(id, .failure(RPCError(.deviceLost, "The display is disconnected.")))
                } catch {
                    bridge.answer(id, .failure(RPCError(.busy, "The display shows nothing yet. Try again.")))
                }
            }
        }
    }
}
