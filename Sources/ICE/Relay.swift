import Base

/// An allocation on a TURN server, and how it is reached.
struct Relay: Sendable {
    enum Link: Hashable, Sendable {
        /// UDP, from this socket.
        case local(SocketAddress)
        /// TCP or TLS.
        case stream(TURNStreamID)
    }

    /// Unique among the relays there are.
    let ordinal: Int
    var link: Link
    var allocation: TURNAllocation
    /// Where data of peers comes in while there is an allocation.
    var base: LocalBase?
    /// Until when the end of gathering waits for the allocation; nil before that is asked for.
    var gatheringEndsAt: Instant?
    /// It was told that the server does not answer.
    var isToldSilent = false
    /// What a TCP or TLS connection brought and is not yet whole.
    var deframer = TURNStreamDeframer()

    /// From where to where what is wrapped goes.
    var route: ICEAgent.Transmit {
        switch link {
        case .local(let local): ICEAgent.Transmit(local: local, remote: allocation.serverAddress)
        case .stream(let id):
            ICEAgent.Transmit(
                local: allocation.lease?.mapped ?? allocation.serverAddress, remote: allocation.serverAddress,
                stream: id)
        }
    }

    /// UDP before TCP before TLS, and the earlier before the later (RFC 8445 §5.1.2.1).
    var preference: UInt16 {
        let best: UInt16 =
            switch allocation.server.transport {
            case .udp: 65535
            case .tcp: 49151
            case .tls: 32767
            }
        return best - UInt16(min(ordinal, 8191))
    }
}
