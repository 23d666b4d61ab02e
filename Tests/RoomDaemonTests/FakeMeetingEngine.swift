import Conferencing
import Meeting

@testable import RoomDaemon

/// A conference in which a join goes through, or is given up, when the test says so.
actor FakeMeetingEngine: MeetingEngine {
    private(set) var joins = 0
    private(set) var leaves = 0
    private(set) var isPresent = false
    private var entering: CheckedContinuation<Void, Never>?
    private var refusal: JoinFailure?
    private var answersAtOnce = false

    func answerAtOnce() { answersAtOnce = true }

    /// Answers the join under way, waiting for it first.
    func answerJoin(_ refusal: JoinFailure? = nil) async {
        while entering == nil, !Task.isCancelled { await Task.yield() }
        self.refusal = refusal
        entering?.resume()
        entering = nil
    }

    func waitForJoin() async {
        while entering == nil, !Task.isCancelled { await Task.yield() }
    }

    /// A stubborn one: a cancelled join goes through nevertheless.
    func join(
        _ address: MeetingAddress, _ options: JoinOptions, media: LocalMedia
    ) async throws(JoinFailure) -> JoinedMeeting {
        guard !isPresent else { throw JoinFailure(.alreadyInMeeting) }
        joins += 1
        let stay = StayID(UInt64(joins))
        if !answersAtOnce { await withCheckedContinuation { entering = $0 } }
        if let refusal {
            self.refusal = nil
            throw refusal
        }
        isPresent = true
        return JoinedMeeting(
            stay: stay, address: address, selfID: ParticipantID("77"), role: .participant, title: nil, first: true,
            capabilities: Capabilities())
    }

    func start(
        at service: MeetingAddress, title: String?, passcode: String?, _ options: JoinOptions, media: LocalMedia
    ) async throws(JoinFailure) -> JoinedMeeting {
        try await join(service, options, media: media)
    }

    func leave() {
        leaves += 1
        isPresent = false
    }

    func end() throws(MeetingError) {}
    func mute(_ id: ParticipantID, _ kind: TrackKind, blocked: Bool) throws(MeetingError) {}
    func muteAll(blocked: Bool, selfUnmute: Bool) throws(MeetingError) {}
    func remove(_ id: ParticipantID) throws(MeetingError) {}
    func setRecording(_ on: Bool) throws(MeetingError) {}
    func setMicrophonePublished(_ open: Bool) throws(MeetingError) {}
    func setCameraPublished(_ open: Bool) throws(MeetingError) {}
    func reportLevels(every interval: Duration) {}
}
