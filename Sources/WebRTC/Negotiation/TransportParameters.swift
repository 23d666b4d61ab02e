public import DTLS
public import ICE

/// What ICE and DTLS need: the one transport of the BUNDLE group (RFC 8843, RFC 8839, RFC 8842).
public struct TransportParameters: Hashable, Sendable {
    /// Our credentials. A new value is an ICE restart.
    public var local: ICECredentials
    /// nil as long as no remote description has come, or our own offer that restarts ICE waits for its answer.
    public var remote: Remote?
    /// nil until a remote description decides it. With a remote offer pending, it is what our answer will say; begin
    /// DTLS only after the answer is set.
    public var dtlsRole: Endpoint.Role?
    /// By who offered first, and controlling against an ICE-lite peer (RFC 8445 §6.1.1). A suggestion: a role conflict
    /// may have turned it since; take it for a new agent only.
    public var iceRole: ICERole
    /// Counts ICE sessions from 0. An agent that runs generation n restarts when n + 1 comes.
    public var generation: Int

    /// Whether this exchange restarts ICE (RFC 8839 §4.4.3).
    public var isICERestart: Bool

    public struct Remote: Hashable, Sendable {
        public var credentials: ICECredentials
        /// The certificate must match one of these.
        public var fingerprints: [Fingerprint]
        public var isLite: Bool
        /// `a=ice-options:trickle`: more candidates may follow.
        public var trickles: Bool
        /// `candidate:…` lines of the description that was set last; those already known come again.
        public var candidates: [String]
        public var hasEndOfCandidates: Bool
    }
}
