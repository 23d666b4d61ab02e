import Conferencing
import Meeting

/// What the driver of meetings works with: the conference, or in tests something that does as it is told.
protocol MeetingEngine: Sendable {
    func join(
        _ address: MeetingAddress, _ options: JoinOptions, media: LocalMedia
    ) async throws(JoinFailure) -> JoinedMeeting
    func start(
        at service: MeetingAddress, title: String?, passcode: String?, _ options: JoinOptions, media: LocalMedia
    ) async throws(JoinFailure) -> JoinedMeeting
    func leave() async
    func end() async throws(MeetingError)
    func mute(_ id: ParticipantID, _ kind: TrackKind, blocked: Bool) async throws(MeetingError)
    func muteAll(blocked: Bool, selfUnmute: Bool) async throws(MeetingError)
    func remove(_ id: ParticipantID) async throws(MeetingError)
    func setRecording(_ on: Bool) async throws(MeetingError)
    func setMicrophonePublished(_ open: Bool) async throws(MeetingError)
    func setCameraPublished(_ open: Bool) async throws(MeetingError)
    func reportLevels(every interval: Duration) async
}

extension Conference: MeetingEngine {}
