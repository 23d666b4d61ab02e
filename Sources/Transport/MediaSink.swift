public import Base
public import WebRTC

/// Who takes what a connection receives. Called on the media thread, which waits meanwhile: hand over and return.
public protocol MediaSink: AnyObject, Sendable {
    func event(_ event: PeerConnection.Event)
    /// How it fares with a TURN server. Does nothing where it is left out.
    func relay(_ report: RelayReport)
    /// Whether a STUN server answers. Does nothing where it is left out.
    func stunServer(_ server: SocketAddress, answers: Bool)
    /// One Opus packet. The bytes are gone after the call.
    func audio(_ packet: ReceivedAudioPacket, payload: Span<UInt8>)
    /// One encoded picture, in decoding order. To keep the bytes, swap them for another buffer.
    func video(_ frame: ReceivedVideoFrame, frame bytes: inout [UInt8])
}

extension MediaSink {
    public func relay(_ report: RelayReport) {}
    public func stunServer(_ server: SocketAddress, answers: Bool) {}
}
