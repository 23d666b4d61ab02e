public import Meeting
public import WebRTC

/// Who takes what the others send. Called on the media thread, which waits meanwhile: hand over and return.
public protocol ConferenceMediaSink: AnyObject, Sendable {
    /// One Opus packet. The bytes are gone after the call.
    func audio(_ participant: ParticipantID, _ packet: ReceivedAudioPacket, payload: Span<UInt8>)
    /// One encoded picture (`video` or `screen`), in decoding order. To keep the bytes, swap them for another buffer.
    func video(_ participant: ParticipantID, _ kind: TrackKind, _ frame: ReceivedVideoFrame, bytes: inout [UInt8])
    /// Nothing more of this track will come; what comes later under the same name is a new stream.
    func ended(_ participant: ParticipantID, _ kind: TrackKind)
    /// The other end cannot go on without a key frame of what we send.
    func keyFrameRequested(_ kind: TrackKind)
    /// What our video may use from now on, in bits per second.
    func targetBitrate(_ bitsPerSecond: Int)
}
