import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

@testable import Room

/// A room on virtual time whose devices come and go, with a meeting every hour; of its media only the time is counted in
/// which there are any. It looks after every step whether what it promises holds.
struct FaultyRoom {
    private struct Device {
        var isThere = true
        var isOpen = false
        /// Another time it is what it was.
        var back: Instant?
    }

    /// Seconds.
    struct Counters {
        var inMeeting = 0.0
        /// Sound leaves: what the microphone hears, or silence.
        var speech = 0.0
        var silence = 0.0
        /// Pictures leave: the camera's, or a slate.
        var pictures = 0.0
        var slates = 0.0
    }

    private static let kinds: [ControlAPI.DeviceKind] = [.microphone, .camera, .speaker, .display]
    static let meetingLength = 50

    private(set) var violations: [String] = []
    private(set) var counters = Counters()
    private(set) var faults = 0
    private(set) var commands = 0
    private var room: RoomController
    private var now: RoomTime
    private var random: SeededRandom
    private var devices: [ControlAPI.DeviceKind: Device] = [:]
    private var volume = (percent: 50, isMuted: false)
    private var isSending = false
    private var isIn = false
    private var generation = MeetingGeneration(0)
    /// Commands without an answer, and since when.
    private var unanswered: [UInt64: Instant] = [:]
    private var effects = 0
    private let begin: UTCTime

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        begin = RoomDriver.start
        now = RoomTime(monotonic: .zero + .seconds(1000), civil: begin)
        room = RoomController(.test(microphone: true), memory: RoomMemory(), at: now)
        for kind in Self.kinds { devices[kind] = Device() }
        devices[.display]?.isOpen = true
        for kind in Self.kinds { report(kind) }
        handle(.calendarReadingBegins)
        handle(.calendar(.events((0..<48).map(meeting), problem: nil)))
    }

    /// From every full hour on, the first in an hour.
    private func meeting(_ number: Int) -> CalendarEvent {
        let start = begin + .seconds(3600 * (number + 1))
        return CalendarEvent(
            id: "\(number)", title: "Meeting \(number)", start: start,
            end: start + .seconds(60 * Self.meetingLength), participation: .accepted,
            link: .address("janus+ws://sfu.example/?room=\(number)"))
    }

    // MARK: - Life

    /// Something happens to a device every minute.
    mutating func run(minutes: Int) {
        for minute in 0..<minutes {
            let second = Double.random(in: 0..<50, using: &random)
            advance(.seconds(second))
            fault()
            if Int.random(in: 0..<3, using: &random) == 0 { command() }
            advance(.seconds(60 - second))
            check(minute: minute + 1)
        }
        // Everything comes back, and nothing is left of it all.
        for kind in Self.kinds { setThere(kind, true) }
        advance(.seconds(10))
        let state = room.state(at: now)
        expect(state.health.problems.isEmpty, "at the end: \(state.health.problems.map(\.code))")
        expect(unanswered.isEmpty, "\(unanswered.count) commands were never answered")
    }

    private mutating func fault() {
        faults += 1
        var hit = [Self.kinds.randomElement(using: &random) ?? .camera]
        // A speakerphone is both.
        if hit[0] == .speaker, Bool.random(using: &random) { hit.append(.microphone) }
        for kind in hit {
            setThere(kind, false)
            // Loose contacts are back at once, pulled cables after an hour.
            let times: [Double] = [0.05, 0.7, 12, 90, 3600]
            let gone = times.randomElement(using: &random) ?? 1
            devices[kind]?.back = now.monotonic + .seconds(gone)
        }
    }

    private mutating func command() {
        let flag = Bool.random(using: &random)
        let all: [Command] = [
            .setMicrophone(enabled: flag), .setCamera(enabled: flag), .setDisplayPower(on: true),
            .setSpeaker(volume: Int.random(in: 0...100, using: &random), muted: flag),
        ]
        commands += 1
        unanswered[UInt64(commands)] = now.monotonic
        let command = all.randomElement(using: &random) ?? all[0]
        handle(.command(CommandID(UInt64(commands)), command, access: .operator))
    }

    // MARK: - Devices

    private mutating func setThere(_ kind: ControlAPI.DeviceKind, _ isThere: Bool) {
        devices[kind]?.isThere = isThere
        devices[kind]?.back = nil
        report(kind)
    }

    private mutating func report(_ kind: ControlAPI.DeviceKind) {
        guard let device = devices[kind] else { return }
        let condition: DeviceReport.Condition = device.isThere ? .working : .lost
        switch kind {
        case .microphone:
            handle(.device(.microphone(condition: condition, isOpen: device.isOpen, device: "card", channels: 2)))
        case .camera:
            handle(.device(.camera(condition: condition, isOpen: device.isOpen, device: "camera", format: nil)))
        case .speaker:
            handle(
                .device(
                    .speaker(condition: condition, volume: volume.percent, isMuted: volume.isMuted, device: "card")))
        case .display:
            let state: RoomState.Display.Condition = !device.isThere ? .lost : device.isOpen ? .on : .standby
            handle(.device(.display(state, device: "HDMI-A-1", mode: nil)))
        case .content: break
        }
    }

    // MARK: - Time

    private mutating func advance(_ duration: Duration) {
        let end = now.monotonic + duration
        while true {
            let back = devices.values.compactMap(\.back).min() ?? .distantFuture
            let next = min(room.nextDeadline(at: now) ?? .distantFuture, back, end)
            step(to: max(next, now.monotonic))
            for kind in Self.kinds where devices[kind]?.back.map({ $0 <= now.monotonic }) == true {
                setThere(kind, true)
            }
            if next >= end { return }
        }
    }

    private mutating func step(to instant: Instant) {
        let passed = instant - now.monotonic
        count(passed.inSeconds)
        now = RoomTime(monotonic: instant, civil: now.civil + passed)
        room.handleTimeout(at: now)
        drain()
    }

    private mutating func count(_ seconds: Double) {
        if isIn { counters.inMeeting += seconds }
        if isSending, let microphone = devices[.microphone] {
            if microphone.isThere && microphone.isOpen {
                counters.speech += seconds
            } else {
                counters.silence += seconds
            }
        }
        if isIn, let camera = devices[.camera], camera.isOpen {
            if camera.isThere { counters.pictures += seconds } else { counters.slates += seconds }
        }
    }

    // MARK: - The shell at its best

    private mutating func handle(_ input: RoomInput) {
        room.handle(input, at: now)
        drain()
    }

    private mutating func drain() {
        var inputs: [RoomInput] = []
        var changed: [ControlAPI.DeviceKind] = []
        while let effect = room.pollEffect() {
            effects += 1
            switch effect {
            case .answer(let id, _):
                expect(unanswered.removeValue(forKey: id.number) != nil, "command \(id.number) is answered twice")
            case .join(let generation, _):
                self.generation = generation
                isIn = true
                inputs.append(.joined(generation, .test()))
                inputs.append(.meeting(generation, .participantJoined(guest())))
            case .leave(let generation):
                isIn = false
                inputs.append(.left(generation))
            case .setMicrophone(let isOpen):
                devices[.microphone]?.isOpen = isOpen
                changed.append(.microphone)
            case .setCamera(let isOpen):
                devices[.camera]?.isOpen = isOpen
                changed.append(.camera)
            case .setSpeaker(let percent, let isMuted):
                volume = (percent, isMuted)
                changed.append(.speaker)
            case .setDisplayPower(let isOn):
                devices[.display]?.isOpen = isOn
                changed.append(.display)
            case .setSending(let isSending): self.isSending = isSending
            default: break
            }
        }
        for input in inputs { handle(input) }
        for kind in changed { report(kind) }
        // Who else was there goes when the time is over.
        if isIn, isPastEnd, room.state(at: now).meeting?.participants.count ?? 0 > 1 {
            handle(.meeting(generation, .participantLeft(ParticipantID("7"), .left)))
        }
    }

    private var minuteOfHour: Int { Int((now.civil - begin).inSeconds) / 60 % 60 }
    private var isPastEnd: Bool { minuteOfHour >= Self.meetingLength && minuteOfHour < 58 }

    // MARK: - Promises

    private mutating func check(minute: Int) {
        let state = room.state(at: now)
        let isTime = minute > 60 && (1..<Self.meetingLength).contains(minuteOfHour)
        if isTime { expect(state.meeting?.state == .joined && isIn, "it is not in its meeting") }
        if isPastEnd, minuteOfHour > Self.meetingLength + 2 {
            expect(state.meeting == nil && !isIn && !isSending, "it is still in the meeting")
        }
        expect(isIn == isSending, "sound leaves \(isSending ? "between meetings" : "not")")
        for kind in Self.kinds { checkState(of: kind, state) }
        let lost = Self.kinds.filter { devices[$0]?.isThere == false }.map { "\($0.rawValue).lost" }
        let told = state.health.problems.map(\.code)
        expect(Set(told) == Set(lost) && told.count == lost.count, "health says \(told), and lost are \(lost)")
        for (id, since) in unanswered where now.monotonic - since > .seconds(5) {
            expect(false, "command \(id) is not answered")
        }
        // A fault, a command, a join and a leave bring some each; a room that talks to itself brings thousands.
        expect(effects < 200, "\(effects) effects in a minute")
        effects = 0
    }

    private mutating func checkState(of kind: ControlAPI.DeviceKind, _ state: RoomState) {
        guard let device = devices[kind] else { return }
        let (isTrue, told) =
            switch kind {
            case .microphone:
                (
                    // Between meetings nobody hears it.
                    state.microphone.state == (!device.isThere ? .lost : device.isOpen && isIn ? .live : .muted),
                    state.microphone.state.rawValue
                )
            case .camera:
                (
                    state.camera.state == (!device.isThere ? .lost : device.isOpen ? .live : .off),
                    state.camera.state.rawValue
                )
            case .speaker:
                (
                    state.speaker.state == (device.isThere ? .live : .lost) && state.speaker.volume == volume.percent
                        && state.speaker.muted == volume.isMuted,
                    state.speaker.state.rawValue
                )
            case .display:
                (
                    state.display.state == (!device.isThere ? .lost : device.isOpen ? .on : .standby),
                    state.display.state.rawValue
                )
            case .content: (true, "")
            }
        expect(isTrue, "the \(kind.rawValue) is \(told), and it is \(device.isThere ? "there" : "gone")")
    }

    private mutating func expect(_ isSo: Bool, _ text: String) {
        if !isSo, violations.count < 20 { violations.append("\(now.civil): \(text)") }
    }
}
