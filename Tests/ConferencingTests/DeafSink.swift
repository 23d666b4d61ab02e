import Meeting
import WebRTC

@testable import Conferencing

/// Takes no interest in what the others send.
final class DeafSink: ConferenceMediaSink {
    func audio(_ participant: ParticipantID, _ packet: ReceivedAudioPacket, payload: Span<UInt8>) {}
    func video(_ participant: ParticipantID, _ kind: TrackKind, _ frame: ReceivedVideoFrame, bytes: inout [UInt8]) {}
    func ended(_ participant: ParticipantID, _ kind: TrackKind) {}
    func keyFrameRequested(_ kind: TrackKind) {}
    func targetBitrate(_ bitsPerSecond: Int) {}
}
