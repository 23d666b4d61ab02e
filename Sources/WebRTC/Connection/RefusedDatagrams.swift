import ICE

/// Datagrams that came to a connection's sockets and did nothing there, by the reason: whoever sends them to harm a call is
/// seen here.
public struct RefusedDatagrams: Hashable, Sendable {
    /// From an address that ICE has not validated: not even looked at.
    public var unvalidated: UInt64
    /// Neither STUN, DTLS, RTP nor RTCP.
    public var unknown: UInt64
    /// SRTP or SRTCP that is not authentic or was there before: what was sent several times because the way loses packets is
    /// among these.
    public var unauthenticated: UInt64
    /// Authentic, but no RTP or RTCP.
    public var malformed: UInt64
    /// STUN that is malformed, not authentic, or answers nothing that was asked.
    public var stun: UInt64

    public init(unvalidated: UInt64, unknown: UInt64, unauthenticated: UInt64, malformed: UInt64, stun: UInt64) {
        self.unvalidated = unvalidated
        self.unknown = unknown
        self.unauthenticated = unauthenticated
        self.malformed = malformed
        self.stun = stun
    }

    public static let reasons = ["unvalidated", "unknown", "unauthenticated", "malformed", "stun"]

    /// In the order of `reasons`.
    public var counts: [UInt64] { [unvalidated, unknown, unauthenticated, malformed, stun] }
}

extension PeerConnectionStatistics {
    public var refused: RefusedDatagrams {
        let ice = transport.ice
        return RefusedDatagrams(
            unvalidated: counters.unvalidatedDatagrams, unknown: counters.unknownDatagrams,
            unauthenticated: counters.unprotectFailures, malformed: counters.malformedPackets,
            stun: ice.malformedDatagrams + ice.unexpectedDatagrams + ice.unauthenticatedRequests
                + ice.unauthenticatedResponses + ice.unmatchedResponses)
    }
}
