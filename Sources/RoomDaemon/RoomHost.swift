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

/// Runs the room's policy: takes everything that happens, one after the other, and carries out what comes of it.
final class RoomHost: Sendable {
    /// What the policy's effects act on. Whatever is not there is nil.
    struct Actuators: Sendable {
        var control: ControlServer?
        var bridge: ControlBridge
        var meetings: MeetingDriver
        var audio: AudioEngine
        var camera: CameraFeed?
        var encoding: VideoEncoding?
        var display: DisplayDriver?
        var calendars: CalendarFeed?
        var hub: MediaHub
        var store: StateStore
        /// Simulated devices do not come and go: what is open is what there is.
        var inventory: [ControlAPI.DeviceDescription]
    }

    /// All commands that 256 clients may have open.
    private static let queueLimit = 256 * 64 + 1024

    private let inputs: AsyncStream<RoomInput>
    private let input: AsyncStream<RoomInput>.Continuation
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
        // Those who post are bounded too: 64 open commands a client, one reading of the calendars, reports of devices.
        (inputs, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueLimit))
    }

    /// Tells the policy that something happened. From anywhere.
    func post(_ event: RoomInput) {
        input.yield(event)
    }

    static var now: RoomTime {
        let civil = MonotonicClock.wallTime
        return RoomTime(
            monotonic: MonotonicClock.now, civil: civil, startOfToday: LocalTime.startOfDay(civil))
    }

    /// Runs until the policy has ended what it was in after `RoomInput.shutdown`.
    func run(_ controller: consuming RoomController, _ actuators: Actuators) async {
        var controller = controller
        var ticking: Task<Void, Never>?
        var due = wakeTime(controller)
        publish(controller, actuators)
        for await event in merged() {
            let now = Self.now
            switch event {
            case .happened(let input): controller.handle(input, at: now)
            case .tick: break
            }
            // By the instant, not by the tick: levels come ten times a second, and each of them sets the tick anew.
            if now.monotonic >= due {
                controller.handleTimeout(at: now)
                due = wakeTime(controller)
            } else {
                due = min(due, wakeTime(controller))
            }
            var isOver = false
            // State first, then answers: whoever gets an answer finds the state that belongs to it.
            var effects: [RoomEffect] = []
            while let effect = controller.pollEffect() { effects.append(effect) }
            publish(controller, actuators)
            for effect in effects {
                if case .readyToEnd = effect { isOver = true }
                perform(effect, actuators)
            }
            if isOver { break }
            ticking?.cancel()
            ticking = wake(at: due)
        }
        ticking?.cancel()
        input.finish()
        ended.continuation.finish()
    }

    private enum Event: Sendable {
        case happened(RoomInput)
        case tick
    }

    private let ended = AsyncStream<Void>.makeStream()

    /// Returns when the policy has ended.
    func finished() async {
        for await _ in ended.stream {}
    }

    private let ticks = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Inputs and ticks as one stream.
    private func merged() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingOldest(Self.queueLimit))
        let inputs = inputs
        let ticks = ticks.stream
        let tasks = [
            Task { for await input in inputs { continuation.yield(.happened(input)) } },
            Task { for await _ in ticks { continuation.yield(.tick) } },
        ]
        continuation.onTermination = { _ in for task in tasks { task.cancel() } }
        return stream
    }

    /// When the policy wants to be called, and at the latest in a second: the civil clock may have been set.
    private func wakeTime(_ controller: borrowing RoomController) -> Instant {
        let now = Self.now
        return min(controller.nextDeadline(at: now) ?? .distantFuture, now.monotonic + .seconds(1))
    }

    private func wake(at due: Instant) -> Task<Void, Never> {
        let wait = max(due - MonotonicClock.now, .milliseconds(1))
        let ticks = ticks.continuation
        return Task {
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            ticks.yield()
        }
    }

    private func publish(_ controller: RoomController, _ actuators: Actuators) {
        actuators.control?.publish(controller.state(at: Self.now), at: MonotonicClock.now)
        actuators.display?.show { controller.screen(at: $0) }
    }

    // MARK: - Effects

    private func perform(_ effect: RoomEffect, _ actuators: Actuators) {
        switch effect {
        case .answer(let id, let result): actuators.bridge.answer(id, result)
        case .event(let event):
            log(event)
            actuators.control?.publish(event, at: MonotonicClock.wallTime)
        case .join(let generation, let request):
            actuators.audio.setSending(true)
            actuators.meetings.join(generation, request)
        case .leave(let generation):
            actuators.audio.setSending(false)
            actuators.hub.clear()
            actuators.meetings.leave(generation)
        case .operate(let id, let operation): actuators.meetings.operate(id, operation)
        case .setMicrophone(let isOpen):
            actuators.audio.setMicrophone(isOpen: isOpen)
            actuators.meetings.markMicrophone(isOpen: isOpen)
        case .setCamera(let isOpen):
            actuators.camera?.setOpen(isOpen)
            actuators.meetings.markCamera(isOpen: isOpen)
        case .setSpeaker(let volume, let isMuted):
            actuators.audio.setSpeaker(volume: volume, isMuted: isMuted)
        case .configureVideo(let settings): actuators.encoding?.configure(settings)
        case .setDisplayPower(let isOn): actuators.display?.setPower(isOn: isOn)
        case .selectDevice(let id, let kind, let device): selectDevice(id, kind, device, actuators)
        case .takeSnapshot(let id, let width): takeSnapshot(id, width, actuators)
        case .refreshCalendars: actuators.calendars?.refresh()
        case .reportLevels(let interval): actuators.meetings.reportLevels(every: interval ?? .zero)
        case .playCountdownSound: actuators.audio.playChime()
        case .remember(let memory):
            do {
                try actuators.store.save(memory)
                post(.problem(code: "storage.state", text: nil))
            } catch {
                logger.error("the room's memory is not safe", metadata: ["reason": "\(error)"])
                post(.problem(code: "storage.state", text: "\(error)"))
            }
        case .readyToEnd: break
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

    private func selectDevice(
        _ id: CommandID, _ kind: ControlAPI.DeviceKind, _ device: String, _ actuators: Actuators
    ) {
        let known = actuators.inventory.first { $0.kind == kind && $0.id == device }
        guard let known else {
            let text = "There is no \(kind.rawValue) “\(device)”; devices.list names those that there are."
            actuators.bridge.answer(id, .failure(RPCError(.unknownDevice, text)))
            return
        }
        guard known.selected else {
            actuators.bridge.answer(id, .failure(RPCError(.deviceBusy, "“\(known.name)” cannot be selected now.")))
            return
        }
        actuators.bridge.answer(id, .success([:]))
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
                } catch {
                    bridge.answer(id, .failure(RPCError(.busy, "The display shows nothing yet. Try again.")))
                }
            }
        }
    }
}
