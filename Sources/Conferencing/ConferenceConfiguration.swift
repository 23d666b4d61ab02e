public import Base
public import WebRTC

/// What does not change from meeting to meeting.
public struct ConferenceConfiguration: Sendable {
    /// A fresh configuration for each media connection: its own seed, the present wall time.
    public var peerConnection: @Sendable () -> PeerConnection.Configuration
    /// What pictures are sent as, and meetings made for, where the service lets us choose.
    public var videoCodec = Codec.vp8
    /// Told, on the media thread, whether a STUN server of `peerConnection` answers.
    public var stunReport: @Sendable (_ server: SocketAddress, _ answers: Bool) -> Void = { _, _ in }
    /// How long a lost meeting is tried for.
    public var reconnectFor = Duration.seconds(15 * 60)

    public init(peerConnection: @escaping @Sendable () -> PeerConnection.Configuration) {
        self.peerConnection = peerConnection
    }
}
