public import RTP
public import SDP

/// What sends and receives on one media section (RFC 9429 §3.4.1). A value: the negotiator owns the truth.
public struct Transceiver: Hashable, Sendable {
    public let id: TransceiverID
    public let kind: MediaKind
    /// What we want; goes into the next offer or answer.
    public internal(set) var direction: MediaDirection
    /// What the last answer agreed on, seen from here; nil before.
    public internal(set) var currentDirection: MediaDirection?
    /// The section's name; nil before it has one.
    public internal(set) var mid: String?
    /// Stopped by us; it goes away with the next exchange.
    public internal(set) var isStopped = false
    /// `a=msid` of what we send.
    public let streamID: String
    public let trackID: String
    /// What we send as, and as whom we send RTCP also where we only receive.
    public let ssrc: SSRC
    /// Retransmissions of what we send (RFC 4588).
    public let retransmissionSSRC: SSRC
    /// Whether a section of a remote offer may take it.
    let joinsRemoteOffers: Bool
}
