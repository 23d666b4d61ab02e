import Base
import ControlAPI
import ControlServer
import JSON
import Logging
import Media
import Meeting
import Room
import Scheduling
import Simulation
import Synchronization
import Testing

@testable import AudioPipeline
@testable import Conferencing
@testable import RoomDaemon

/// The policy loop with everything behind it but meetings and devices.
@Suite(.timeLimit(.minutes(1))) struct RoomHostTests {
    /// No meeting can be had.
    private struct NoMeetings: MeetingEngine {
        func join(
            _ address: MeetingAddress, _ options: JoinOptions, media: LocalMedia
        ) async throws(JoinFailure) -> JoinedMeeting { throw JoinFailure(.unreachable) }
        func start(
            at service: MeetingAddress, title: String?, passcode: String?, _ options: JoinOptions, media: LocalMedia
        ) async throws(JoinFailure) -> JoinedMeeting { throw JoinFailure(.unreachable) }
        func leave() async {}
        func end() async throws(MeetingError) {}
        func mute(_ id: ParticipantID, _ kind: Meeting.TrackKind, blocked: Bool) async throws(MeetingError) {}
        func muteAll(blocked: Bool, selfUnmute: Bool) async throws(MeetingError) {}
        func remove(_ id: ParticipantID) async throws(MeetingError) {}
        func setRecording(_ on: Bool) async throws(MeetingError) {}
        func setMicrophonePublished(_ open: Bool) async throws(MeetingError) {}
        func setCameraPublished(_ open: Bool) async throws(MeetingError) {}
        func reportLevels(every interval: Duration) async {}
    }

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// A running host, and a disk that saves only when it is let.
    private final class Bench: Sendable {
        let host = RoomHost(logger: RoomHostTests.logger)
        let disk = Monitor((isHanging: true, saves: 0))
        let answers = Monitor([UInt64: Result<JSONValue, RPCError>]())
        let bridge: ControlBridge
        let television = FakeTelevision()
        private let running: Task<Void, Never>
        private let writer: StateWriter
        private let last = Atomic<UInt64>(0)

        init() throws {
            let host = host
            let disk = disk
            bridge = ControlBridge(logger: RoomHostTests.logger) { host.post($0) }
            writer = StateWriter { _ throws(StateStore.Problem) in
                let _: Bool? = disk.wait(until: MonotonicClock.now + .seconds(20)) { $0.isHanging ? nil : true }
                disk.withLock { $0.saves += 1 }
            }
            try writer.start { host.tellSaved($0, problem: $1) }
            let audio = try AudioEngine(microphone: nil, speaker: SimulatedDevices.speaker("none")) { _, _ in }
            let actuators = RoomHost.Actuators(
                control: nil, bridge: bridge,
                meetings: MeetingDriver(
                    conference: NoMeetings(), services: [], hasMicrophone: false, hasCamera: false,
                    logger: RoomHostTests.logger
                ) { host.post($0) },
                audio: audio,
                mixers: MixerDesk(
                    MixerDesk.Outputs(
                        setEngine: { audio.setSpeaker(volume: $0, isMuted: $1) }, tellVolume: { _ in },
                        tellMicrophoneKey: { _ in }), logger: RoomHostTests.logger),
                camera: nil, encoding: nil, display: nil, calendars: nil,
                hub: MediaHub(
                    audio: audio, decoding: VideoDecoding(logger: RoomHostTests.logger) { _ in },
                    logger: RoomHostTests.logger),
                store: writer, audioReports: AudioReports(microphone: nil, speaker: nil),
                statistics: StatisticsSampler { StatisticsSample(at: MonotonicClock.now, process: .current()) },
                desk: nil, television: television)
            let settings = RoomSettings(name: "Test", timezone: "UTC", version: "0", pid: 1)
            running = Task { await host.run(RoomController(settings, at: RoomHost.now), actuators) }
        }

        /// Sends a command; `answer` waits for what comes.
        func send(_ command: Command) -> UInt64 {
            let id = last.wrappingAdd(1, ordering: .relaxed).newValue
            let answers = answers
            bridge.receive(
                command, from: ClientIdentity(id: ClientID(1), access: .operator, uid: 0, pid: 1),
                reply: .forTesting { result in
                    answers.update { $0[id] = result }
                })
            return id
        }

        /// Without holding a thread: the host needs one.
        func answer(
            _ id: UInt64, within duration: Duration = .seconds(20)
        ) async -> Result<JSONValue, RPCError>? {
            let end = MonotonicClock.now + duration
            while true {
                let answer = answers.withLock { $0[id] }
                if answer != nil || MonotonicClock.now >= end { return answer }
                try? await Task.sleep(for: .milliseconds(2))
            }
        }

        func end() async {
            disk.update { $0.isHanging = false }
            host.post(.shutdown)
            await running.value
            writer.stop()
        }
    }

    private func meeting(in delay: Duration) -> CalendarEvent {
        let start = MonotonicClock.wallTime + delay
        return CalendarEvent(
            id: "a", title: "A", start: start, end: start + .seconds(1800), link: .address("janus+ws://sfu/?room=1"))
    }

    @Test func whatIsDismissedIsOnDiskBeforeItIsAnsweredAndNothingElseWaitsForTheDisk() async throws {
        let bench = try Bench()
        bench.host.post(.calendar(.events([meeting(in: .seconds(3600))], problem: nil)))
        let dismissed = bench.send(.dismissEvent(id: "a"))
        let health = bench.send(.health)
        #expect(await bench.answer(health) != nil)
        #expect(await bench.answer(dismissed, within: .milliseconds(100)) == nil)
        bench.disk.update { $0.isHanging = false }
        #expect((try await bench.answer(dismissed)?.get()) == [:])
        #expect(bench.disk.withLock { $0.saves } == 1)
        await bench.end()
    }

    @Test func whatIsDismissedShortlyBeforeTheEndIsOnDiskAndAnsweredBeforeIt() async throws {
        let bench = try Bench()
        bench.host.post(.calendar(.events([meeting(in: .seconds(3600))], problem: nil)))
        let dismissed = bench.send(.dismissEvent(id: "a"))
        bench.host.post(.shutdown)
        let health = bench.send(.health)
        #expect(await bench.answer(health) != nil, "the policy runs on")
        #expect(bench.answers.withLock { $0[dismissed] } == nil)
        bench.disk.update { $0.isHanging = false }
        await bench.end()
        #expect(bench.disk.withLock { $0.saves } == 1)
        #expect((try bench.answers.withLock { $0[dismissed] }?.get()) == [:])
    }

    @Test func theTelevisionSleepsWithTheDisplayAndWakesForAMeeting() async throws {
        let bench = try Bench()
        bench.host.post(.device(.display(.on, device: "d", mode: nil)))
        let asleep = bench.send(.setDisplayPower(on: false))
        bench.host.post(.device(.display(.standby, device: "d", mode: nil)))
        #expect((try await bench.answer(asleep)?.get()) == [:])
        #expect(bench.television.told.withLock { $0 } == ["sleep"])
        // Somebody chooses the room with the remote control; it was put to sleep by hand, so that it stays so.
        bench.host.post(.activity)
        let join = bench.send(.joinMeeting(Command.Join(url: "janus+ws://sfu/?room=1")))
        #expect(await bench.answer(join) != nil)
        #expect(bench.television.told.withLock { $0 } == ["sleep", "wake"])
        await bench.end()
    }

    @Test func devicesWithoutADeskAreUnknown() async throws {
        let bench = try Bench()
        for command in [Command.selectDevice(.camera, id: "x"), .configureDevice(id: "x", controls: ["zoom": 1])] {
            let id = bench.send(command)
            guard case .failure(let error)? = await bench.answer(id) else {
                Issue.record("no refusal")
                continue
            }
            #expect(error.reason == .unknownDevice)
        }
        await bench.end()
    }

    @Test func aSnapshotWithoutADisplayIsRefused() async throws {
        let bench = try Bench()
        let id = bench.send(.snapshot(width: 640))
        guard case .failure(let error)? = await bench.answer(id) else {
            Issue.record("no refusal")
            return
        }
        #expect(error.reason == .deviceLost)
        await bench.end()
    }

    @Test func commandsAreAnsweredUnderAFloodOfLevels() async throws {
        let bench = try Bench()
        let host = bench.host
        let flood = Monitor((posted: 0, isOver: false))
        // Of levels only the newest waits, so they come without end, and with them what a meeting of long ago tells,
        // of which everything waits.
        let thread = try DeviceThread(name: "flood") {
            var isOver = false
            while !isOver {
                for index in 0..<100 {
                    host.post(.levels(microphone: Double(-(index % 90)), speaker: -10))
                    host.post(.meeting(MeetingGeneration(99), index % 2 == 0 ? .reconnecting : .reconnected))
                }
                isOver = flood.update { flood in
                    flood.posted += 200
                    return flood.isOver
                }
            }
        }
        let isFlooded: Bool? = flood.wait(until: MonotonicClock.now + .seconds(20)) { $0.posted >= 20_000 ? true : nil }
        #expect(isFlooded == true)
        let before = flood.withLock { $0.posted }
        for _ in 0..<5 {
            let ids = (0..<40).map { _ in bench.send(.health) }
            for id in ids { #expect(await bench.answer(id) != nil) }
        }
        #expect(flood.withLock { $0.posted } > before, "it went on all the while")
        flood.update { $0.isOver = true }
        thread.join()
        await bench.end()
    }
}
