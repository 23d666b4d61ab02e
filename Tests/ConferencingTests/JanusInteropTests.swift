import Base
import DTLS
import Digests
import Foundation
import Logging
import Media
import Meeting
import RTP
import Synchronization
import Testing
import Transport
import WebRTC

@testable import Conferencing

/// Against a real Janus: `ROOMD_TEST_JANUS` names a VideoRoom address of a room with the secret `adminpwd`.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["ROOMD_TEST_JANUS"] != nil), .serialized, .timeLimit(.minutes(1)))
struct JanusInteropTests {
    private final class Counter: ConferenceMediaSink {
        let audio = Mutex<[ParticipantID: Int]>([:])
        let video = Mutex<[ParticipantID: Int]>([:])
        let codecs = Mutex<[ParticipantID: Set<Codec>]>([:])
        let gone = Mutex<[ParticipantID: Int]>([:])

        func audio(_ participant: ParticipantID, _ packet: ReceivedAudioPacket, payload: Span<UInt8>) {
            audio.withLock { $0[participant, default: 0] += 1 }
        }

        func video(_ participant: ParticipantID, _ kind: TrackKind, _ frame: ReceivedVideoFrame, bytes: inout [UInt8]) {
            video.withLock { $0[participant, default: 0] += 1 }
            codecs.withLock { _ = $0[participant, default: []].insert(frame.codec) }
        }

        func ended(_ participant: ParticipantID, _ kind: TrackKind) {
            gone.withLock { $0[participant, default: 0] += 1 }
        }
        let keyFrames = Mutex(0)
        func keyFrameRequested(_ kind: TrackKind) { keyFrames.withLock { $0 += 1 } }
        func targetBitrate(_ bitsPerSecond: Int) {}
    }

    /// One room box with a sender that makes something which looks like Opus and VP8 or VP9.
    private final class Box: Sendable {
        let conference: Conference
        let sink = Counter()
        let thread: MediaThread

        init(_ codec: Codec = .vp8) throws {
            thread = MediaThread()
            try thread.start()
            let certificate = try Certificate(at: MonotonicClock.wallTime)
            var logger = Logger(label: "interop")
            logger.logLevel = .info
            var configuration = ConferenceConfiguration {
                PeerConnection.Configuration(
                    certificate: certificate, seed: SecureRandom.seed(), iceEntropy: SecureRandom.bytes(24),
                    cname: "interop", wallTime: MonotonicClock.wallTime, wallTimeAt: MonotonicClock.now)
            }
            configuration.videoCodec = codec
            conference = Conference(configuration, thread: thread, sink: sink, logger: logger)
        }

        /// Until it is cancelled.
        func send() async throws {
            var step: UInt32 = 0
            var answered = 0
            while true {
                let payload: [UInt8] = [0xFC] + (0..<80).map { UInt8(truncatingIfNeeded: $0 &* step) }
                conference.sender.audio(
                    payload.span, timestamp: step &* 960, level: RTP.AudioLevel(isVoice: true, minusDecibels: 20),
                    captureTime: MonotonicClock.now)
                if step % 2 == 0, case .encoded(let codec) = conference.sender.pictures(of: .video) {
                    let asked = sink.keyFrames.withLock { $0 }
                    let isKeyFrame = step == 0 || asked > answered
                    answered = asked
                    // RFC 6386 §9.1: a frame's tag, and of a key frame start code and 16x16.
                    var frame: [UInt8] = isKeyFrame ? [0x10, 0, 0, 0x9D, 0x01, 0x2A, 16, 0, 16, 0] : [0x11, 0, 0]
                    // VP9 §6.2: the same.
                    if codec == .vp9 { frame = isKeyFrame ? [0x82, 0x49, 0x83, 0x42, 0, 0, 0xF0, 0, 0xF0] : [0x86] }
                    frame += [UInt8](repeating: 7, count: 400)
                    conference.sender.video(
                        .video, swapping: &frame, codec: codec, isKeyFrame: isKeyFrame, timestamp: step &* 1800,
                        captureTime: MonotonicClock.now)
                }
                step &+= 1
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func address(_ change: String = "") throws -> MeetingAddress {
        try MeetingAddress((ProcessInfo.processInfo.environment["ROOMD_TEST_JANUS"] ?? "") + change)
    }

    private static let media = LocalMedia(microphone: .open, camera: .open)

    /// Polls until it is so, or fails after ten seconds.
    private func eventually(_ what: String, _ condition: () async -> Bool) async throws {
        for _ in 0..<200 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("never: \(what)")
    }

    @Test func twoRoomsSeeAndHearEachOther() async throws {
        let (first, second) = (try Box(), try Box())
        let one = try await first.conference.join(
            try address(), JoinOptions(displayName: "会议室", hostSecret: "adminpwd"), media: Self.media)
        #expect(one.role == .host)
        let clock = ContinuousClock()
        let began = clock.now
        let two = try await second.conference.join(
            try address(), JoinOptions(displayName: "Ångström"), media: Self.media)
        print("joined in \(clock.now - began)")
        let sending = [Task { try await first.send() }, Task { try await second.send() }]
        try await eventually("media both ways") {
            (first.sink.audio.withLock { $0[two.selfID] ?? 0 }) > 20
                && (first.sink.video.withLock { $0[two.selfID] ?? 0 }) > 5
                && (second.sink.audio.withLock { $0[one.selfID] ?? 0 }) > 20
                && (second.sink.video.withLock { $0[one.selfID] ?? 0 }) > 5
        }
        print("media after \(clock.now - began)")
        #expect(await first.conference.participants.map(\.name).sorted() == ["Ångström", "会议室"].sorted())
        #expect(await first.conference.activeSpeaker == two.selfID)

        let asked = first.sink.keyFrames.withLock { $0 }
        try await eventually("a key frame is asked for through the SFU") {
            await second.conference.connections.requestKeyFrame(of: one.selfID, .video)
            return first.sink.keyFrames.withLock { $0 } > asked
        }
        try await second.conference.setMicrophonePublished(false)
        try await eventually("the mute is seen") {
            await first.conference.participants.first { $0.id == two.selfID }?.microphone == .off
        }
        try await second.conference.setMicrophonePublished(true)
        try await eventually("the unmute is seen") {
            await first.conference.participants.first { $0.id == two.selfID }?.microphone == .on
        }
        try await first.conference.mute(two.selfID, .audio, blocked: true)
        try await eventually("the block is seen by its victim") {
            await second.conference.participants.first { $0.isSelf }?.microphone == .blocked
        }
        try await first.conference.mute(two.selfID, .audio, blocked: false)
        try await muteAllLetsWhoFollowsOpenAgain(first, second, two.selfID)
        try await second.conference.unsubscribe(one.selfID, [.video])
        try await eventually("the picture ends") { second.sink.gone.withLock { $0[one.selfID] ?? 0 } == 1 }
        try await second.conference.subscribe(one.selfID, [.video])
        let before = second.sink.video.withLock { $0[one.selfID] ?? 0 }
        try await eventually("the picture comes back") {
            second.sink.video.withLock { $0[one.selfID] ?? 0 } > before + 5
        }
        try await first.conference.remove(two.selfID)
        try await eventually("removed") { await second.conference.meeting == nil }
        try await eventually("gone") { await first.conference.participants.count == 1 }
        await first.conference.leave()
        for task in sending { task.cancel() }
        first.thread.stop()
        second.thread.stop()
    }

    @Test func aRoomThatHasOnlyVP8GetsVP8() async throws {
        let (first, second) = (try Box(.vp9), try Box())
        let told = Mutex<[OutgoingPictures]>([])
        first.conference.sender.whenPicturesChange { _, pictures in told.withLock { $0.append(pictures) } }
        let one = try await first.conference.join(
            try address(), JoinOptions(displayName: "A"), media: Self.media)
        _ = try await second.conference.join(try address(), JoinOptions(displayName: "B"), media: Self.media)
        let sending = Task { try await first.send() }
        try await eventually("a picture") { (second.sink.video.withLock { $0[one.selfID] ?? 0 }) > 5 }
        #expect(second.sink.codecs.withLock { $0[one.selfID] } == [.vp8])
        await first.conference.leave()
        #expect(told.withLock { $0 } == [.encoded(.vp8), .unsettled])
        sending.cancel()
        await second.conference.leave()
        first.thread.stop()
        second.thread.stop()
    }

    @Test func inARoomThatHasBothEachSendsWhatItPrefers() async throws {
        let (first, second) = (try Box(.vp9), try Box(.vp8))
        let one = try await first.conference.start(
            at: try address(), title: "Both", passcode: nil, JoinOptions(displayName: "A"), media: Self.media)
        let two = try await second.conference.join(one.address, JoinOptions(displayName: "B"), media: Self.media)
        let sending = [Task { try await first.send() }, Task { try await second.send() }]
        try await eventually("pictures both ways") {
            (first.sink.video.withLock { $0[two.selfID] ?? 0 }) > 5
                && (second.sink.video.withLock { $0[one.selfID] ?? 0 }) > 5
        }
        #expect(first.sink.codecs.withLock { $0[two.selfID] } == [.vp8])
        #expect(second.sink.codecs.withLock { $0[one.selfID] } == [.vp9])
        let asked = first.sink.keyFrames.withLock { $0 }
        try await eventually("a key frame of VP9 is asked for through the SFU") {
            await second.conference.connections.requestKeyFrame(of: one.selfID, .video)
            return first.sink.keyFrames.withLock { $0 } > asked
        }
        for task in sending { task.cancel() }
        try await first.conference.end()
        await second.conference.leave()
        first.thread.stop()
        second.thread.stop()
    }

    private func muteAllLetsWhoFollowsOpenAgain(_ host: Box, _ guest: Box, _ id: ParticipantID) async throws {
        func microphone() async -> MediaState? {
            await host.conference.participants.first { $0.id == id }?.microphone
        }
        func isBlocked() async -> Bool {
            await guest.conference.participants.first { $0.isSelf }?.microphone == .blocked
        }
        try await eventually("the block is lifted") { await microphone() == .on }
        try await host.conference.muteAll(selfUnmute: true)
        try await eventually("everybody is held back") { await isBlocked() }
        // As the room's policy answers a host's block.
        try await guest.conference.setMicrophonePublished(false)
        try await eventually("the block ends when its victim has closed it") { await !isBlocked() }
        try await guest.conference.setMicrophonePublished(true)
        try await eventually("it is theirs to open") { await microphone() == .on }
        try await host.conference.muteAll()
        try await eventually("everybody is held back again") { await isBlocked() }
        try await guest.conference.setMicrophonePublished(false)
        try await guest.conference.setMicrophonePublished(true)
        #expect(await isBlocked(), "who may not open again by themselves stays held back")
        try await host.conference.muteAll(blocked: false)
        try await eventually("the host lets everybody speak") { await microphone() == .on }
    }

    /// `wss`, a certificate of one's own authority, an API secret and ids that are text.
    @Test func talksToAStrictServer() async throws {
        let environment = ProcessInfo.processInfo.environment
        let meeting = try MeetingAddress(try #require(environment["ROOMD_TEST_JANUS_STRICT"]))
        let authority = try #require(environment["ROOMD_TEST_JANUS_CA"])
        let (first, second) = (try Box(), try Box())
        func options(_ name: String, apiSecret: String? = "apipwd", caFile: String? = authority) -> JoinOptions {
            JoinOptions(displayName: name, apiSecret: apiSecret, hostSecret: "adminpwd", caFile: caFile)
        }
        let untrusted = await #expect(throws: JoinFailure.self) {
            try await first.conference.join(meeting, options("A", caFile: nil), media: Self.media)
        }
        #expect(untrusted?.reason == .tlsFailed)
        await #expect(throws: JoinFailure.self) {
            try await first.conference.join(meeting, options("A", apiSecret: "wrong"), media: Self.media)
        }
        let one = try await first.conference.join(meeting, options("A"), media: Self.media)
        let two = try await second.conference.join(meeting, options("B"), media: Self.media)
        #expect(one.role == .host)
        let sending = Task { try await first.send() }
        try await eventually("sound over the strict server") {
            (second.sink.audio.withLock { $0[one.selfID] ?? 0 }) > 20
        }
        try await first.conference.mute(two.selfID, .audio, blocked: true)
        try await eventually("the block is seen by its victim") {
            await second.conference.participants.first { $0.isSelf }?.microphone == .blocked
        }
        await second.conference.leave()
        await first.conference.leave()
        sending.cancel()
        first.thread.stop()
        second.thread.stop()
    }

    @Test func makesEndsAndMissesAMeeting() async throws {
        let (first, second) = (try Box(), try Box())
        let meeting = try await first.conference.start(
            at: try address(), title: "Now", passcode: "4711", JoinOptions(displayName: "A"), media: Self.media)
        #expect(meeting.role == .host)
        let open = MeetingAddress(
            scheme: meeting.address.scheme, host: meeting.address.host, port: meeting.address.port,
            room: meeting.address.room)
        await #expect(throws: JoinFailure(.wrongPasscode)) {
            try await second.conference.join(open, JoinOptions(displayName: "B"), media: Self.media)
        }
        await #expect(throws: JoinFailure(.wrongPasscode)) {
            try await second.conference.join(open, JoinOptions(displayName: "B", passcode: "1"), media: Self.media)
        }
        _ = try await second.conference.join(meeting.address, JoinOptions(displayName: "B"), media: Self.media)
        try await eventually("both there") { await first.conference.participants.count == 2 }
        try await first.conference.end()
        try await eventually("ended") { await second.conference.meeting == nil }
        for room in [meeting.address.room, "no-such-room"] {
            await #expect(throws: JoinFailure(.meetingNotFound)) {
                let gone = MeetingAddress(scheme: open.scheme, host: open.host, port: open.port, room: room)
                return try await second.conference.join(gone, JoinOptions(displayName: "B"), media: Self.media)
            }
        }
        first.thread.stop()
        second.thread.stop()
    }
}
