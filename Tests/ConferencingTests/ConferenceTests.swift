import JSON
import Logging
import Meeting
import Synchronization
import Testing

@testable import Conferencing

@Suite(.timeLimit(.minutes(1))) struct ConferenceTests {
    private func conference(
        connects: Bool = true, reconnectFor: Duration = .seconds(20),
        patience: @escaping JanusService.Patience = { try await Task.sleep(for: $0) }
    ) -> Conference {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let quiet = logger
        return Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: reconnectFor, logger: logger
        ) { request in
            JanusService(
                JanusService.Settings(request, seed: 1), makePeers: { FakePeers(connects: connects, report: $0) },
                logger: quiet, patience: patience)
        }
    }

    private func address(_ janus: FakeJanus, room: String = "1234") -> MeetingAddress {
        MeetingAddress(scheme: .janus, host: "127.0.0.1", port: UInt16(janus.port), room: room)
    }

    private static let media = LocalMedia(microphone: .closed, camera: .open)

    private func withJanus(
        _ behaviour: FakeJanus.Behaviour = FakeJanus.Behaviour(), _ body: (FakeJanus) async throws -> Void
    ) async throws {
        let janus = FakeJanus(behaviour)
        try await janus.start()
        do {
            try await body(janus)
        } catch {
            await janus.stop()
            throw error
        }
        await janus.stop()
    }

    private func next(_ reader: inout EventReader, _ wanted: (MeetingEvent) -> Bool) async
        -> MeetingEvent?
    {
        while let event = await reader.next() {
            if wanted(event) { return event }
        }
        return nil
    }

    @Test func joinsSpeaksAndLeaves() async throws {
        try await withJanus { janus in
            let conference = conference()
            let meeting = try await conference.join(
                address(janus), JoinOptions(displayName: "Boardroom"), media: Self.media)
            #expect(meeting.selfID == ParticipantID("77"))
            #expect(meeting.title == "Demo")
            #expect(meeting.first)
            #expect(meeting.role == .participant)
            var reader = EventReader(conference)
            #expect(await reader.next() == .joined(first: true))
            await #expect(throws: JoinFailure(.alreadyInMeeting)) {
                try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            }
            try await conference.setMicrophonePublished(true)
            #expect(janus.count("configure") == 1)
            await #expect(throws: MeetingError.notHost) { try await conference.muteAll() }
            await conference.leave()
            #expect(await next(&reader) { if case .left = $0 { true } else { false } } == .left(.left))
            #expect(janus.count("leave") == 1)
            #expect(await conference.meeting == nil)
            await #expect(throws: MeetingError.notInMeeting) { try await conference.setMicrophonePublished(true) }
        }
    }

    @Test(arguments: [
        (433, "Unauthorized (wrong pin)", JoinFailure(.wrongPasscode)),
        (426, "No such room (1234)", JoinFailure(.meetingNotFound)),
        (499, "what", JoinFailure(.rejectedByService, detail: "Janus error 499: what")),
    ])
    func tellsWhyItCannotJoin(_ code: Int64, _ text: String, _ error: JoinFailure) async throws {
        try await withJanus(.init(joinError: (code, text))) { janus in
            let conference = conference()
            await #expect(throws: error) {
                try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            }
            // And may try again.
            janus.behaviour.withLock { $0.joinError = nil }
            _ = try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            await conference.leave()
        }
    }

    @Test func tellsFullAndUnauthorized() async throws {
        try await withJanus(.init(publishError: (432, "Maximum number of publishers (3) already reached"))) { janus in
            await #expect(throws: JoinFailure(.meetingFull)) {
                try await conference().join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            }
        }
        try await withJanus(.init(sessionError: (403, "Unauthorized request (wrong or missing secret/token)"))) {
            janus in
            await #expect(throws: JoinFailure(.invalidToken)) {
                try await conference().join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            }
        }
    }

    @Test func tellsUnreachable() async throws {
        let janus = FakeJanus()
        try await janus.start()
        let gone = address(janus)
        await janus.stop()
        // The server, the system's word for it, and what to look at.
        let refused = JoinFailure(
            .unreachable,
            detail: "127.0.0.1 port \(gone.port): Connection refused; is the server running, and is that its port?")
        await #expect(throws: refused) {
            try await conference().join(gone, JoinOptions(displayName: "x"), media: Self.media)
        }
        try await withJanus { janus in
            let secure = MeetingAddress(scheme: .janusSecure, host: "127.0.0.1", port: UInt16(janus.port), room: "1")
            let failure = await #expect(throws: JoinFailure.self) {
                try await conference().join(secure, JoinOptions(displayName: "x"), media: Self.media)
            }
            #expect(failure?.reason == .tlsFailed)
            #expect(failure?.detail?.hasPrefix("127.0.0.1 port \(janus.port): ") == true, "\(failure?.detail ?? "")")
        }
    }

    @Test func tellsASilentServerFromBlockedMedia() async throws {
        // The patience ends when the join has come as far as it can, however long that takes here.
        try await withJanus(.init(silent: ["join"])) { janus in
            let conference = conference { _ in try await janus.waitFor("join") }
            let failure = await #expect(throws: JoinFailure.self) {
                try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            }
            #expect(failure?.reason == .timeout)
            #expect(failure?.detail?.hasPrefix("127.0.0.1 port \(janus.port): no answer in ") == true)
        }
        try await withJanus { janus in
            let conference = conference(connects: false) { _ in try await janus.waitFor("publish") }
            let failure = await #expect(throws: JoinFailure.self) {
                try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            }
            #expect(failure?.reason == .unreachable)
            #expect(failure?.detail?.hasSuffix("is UDP to it blocked?") == true, "\(failure?.detail ?? "")")
            // Nobody stays behind in the room.
            #expect(janus.count("leave") == 1)
        }
    }

    @Test func leavingGivesUpAJoin() async throws {
        try await withJanus(.init(silent: ["join"])) { janus in
            let conference = conference()
            let join = Task { () -> JoinFailure? in
                do throws(JoinFailure) {
                    _ = try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
                    return nil
                } catch {
                    return error
                }
            }
            try await janus.waitFor("join")
            await conference.leave()
            #expect(await join.value == JoinFailure(.cancelled))
        }
    }

    @Test func hostsWithTheSecret() async throws {
        try await withJanus { janus in
            let conference = conference()
            let meeting = try await conference.join(
                address(janus), JoinOptions(displayName: "x", hostSecret: "s"), media: Self.media)
            #expect(meeting.role == .host)
            #expect(meeting.capabilities.muteParticipant && meeting.capabilities.record && !meeting.capabilities.lobby)
            janus.tell([
                "videoroom": "event",
                "publishers": [
                    ["id": 5, "display": "Anna", "streams": [["type": "audio", "mid": "0", "codec": "opus"]]]
                ],
            ])
            var reader = EventReader(conference)
            _ = await next(&reader) { $0 == .trackPublished(ParticipantID("5"), .audio) }
            try await conference.mute(ParticipantID("5"), .audio, blocked: true)
            try await conference.remove(ParticipantID("5"))
            try await conference.setRecording(true)
            #expect(await next(&reader) { $0 == .recordingStarted } != nil)
            try await conference.end()
            #expect(await next(&reader) { $0 == .ended(.host) } != nil)
            #expect(await next(&reader) { $0 == .left(.ended) } != nil)
            #expect(janus.count("moderate") == 1 && janus.count("kick") == 1)
        }
    }

    @Test func startsAMeetingOfItsOwn() async throws {
        let janus = FakeJanus()
        try await janus.start()
        janus.behaviour.withLock { $0.secret = "hush" }
        let conference = conference()
        let meeting = try await conference.start(
            at: MeetingAddress(scheme: .janus, host: "127.0.0.1", port: UInt16(janus.port), room: nil), title: "Now",
            passcode: "42", JoinOptions(displayName: "x", hostSecret: "hush"), media: Self.media)
        #expect(meeting.role == .host)
        #expect(meeting.address.room.flatMap(Int64.init) != nil)
        #expect(meeting.address.passcode == "42")
        await conference.leave()
        await janus.stop()
    }

    @Test func comesBackAfterALoss() async throws {
        try await withJanus { janus in
            let conference = conference()
            _ = try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            var reader = EventReader(conference)
            janus.dropClients()
            #expect(await next(&reader) { $0 == .reconnecting } != nil)
            try await conference.setMicrophonePublished(true)
            #expect(await next(&reader) { $0 == .reconnected } != nil)
            #expect(await next(&reader) { if case .joined = $0 { true } else { false } } == .joined(first: false))
            // As it was switched meanwhile.
            let opened = await next(&reader) {
                switch $0 {
                case .participantJoined(let who), .participantUpdated(let who): who.isSelf && who.microphone == .on
                default: false
                }
            }
            #expect(opened != nil)
            await conference.leave()
        }
    }

    @Test func aRoomThatIsGoneOnTheReturnHasEnded() async throws {
        try await withJanus { janus in
            let conference = conference()
            _ = try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            var reader = EventReader(conference)
            janus.behaviour.withLock { $0.joinError = (426, "No such room") }
            janus.dropClients()
            #expect(await next(&reader) { if case .left = $0 { true } else { false } } == .left(.ended))
            #expect(await conference.meeting == nil)
        }
    }

    @Test func isRemoved() async throws {
        try await withJanus { janus in
            let conference = conference()
            _ = try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            var reader = EventReader(conference)
            janus.tell(["videoroom": "event", "leaving": "ok", "reason": "kicked"])
            #expect(await next(&reader) { if case .left = $0 { true } else { false } } == .left(.removed))
            #expect(await conference.meeting == nil)
        }
    }
}
