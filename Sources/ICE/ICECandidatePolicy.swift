/// Which local candidates may be used (W3C WebRTC §4.2.4, `iceTransportPolicy`).
public enum ICECandidatePolicy: Hashable, Sendable {
    case all
    /// Only those on TURN servers: the peer learns no address of ours, and nothing takes another way.
    case relayed
}
