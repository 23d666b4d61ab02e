public import Base

extension ICEAgent {
    /// What the agent has to tell its owner.
    public enum Event: Hashable, Sendable {
        case stateChanged(ICEConnectionState)
        /// To be signalled to the peer.
        case localCandidate(ICECandidate)
        /// No more local candidates will come: signal `end-of-candidates`. Comes again after each restart.
        case gatheringComplete
        /// Send media and DTLS here from now on; nil: nowhere any more.
        case selectedPair(SelectedPair?)
        case roleChanged(ICERole)
        /// A signalled candidate is not used, and why. The owner may resolve a name and hand the address in.
        case remoteCandidateIgnored(ICECandidate, IgnoredReason)
    }

    /// The pair of addresses that data flows between.
    public struct SelectedPair: Hashable, Sendable {
        /// The socket to send from.
        public let local: SocketAddress
        /// Where to send to.
        public let remote: SocketAddress
        /// How the peer sees our side.
        public let localKind: ICECandidateKind
        public let remoteKind: ICECandidateKind
    }

    /// Why a signalled candidate is not used.
    public enum IgnoredReason: Hashable, Sendable {
        /// Its host is a name (mDNS or DNS).
        case needsNameResolution
        /// Only UDP is spoken here.
        case transport
        /// Only component 1 is used (rtcp-mux).
        case component
        /// Port 0, an unspecified or a multicast address.
        case address
        /// It names a fragment of an earlier ICE session, or of none that ever came.
        case otherSession
        /// More candidates than any honest peer has.
        case tooMany
    }

    /// From which socket a datagram is to go where.
    public struct Transmit: Hashable, Sendable {
        public let local: SocketAddress
        public let remote: SocketAddress
    }

    /// Why the agent wants to be called.
    enum TimerReason: Hashable, Sendable {
        case pacing
        case retransmission
        case nomination
        case patience
        case consentRequest
        case disconnection
        case consentExpiry
        case keepalive
    }
}
