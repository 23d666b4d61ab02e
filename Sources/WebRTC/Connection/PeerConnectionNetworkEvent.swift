public import Base
public import ICE

extension PeerConnection {
    /// What the shell is asked to do about the network, beside sending datagrams.
    public enum NetworkEvent: Hashable, Sendable {
        /// Open a TCP or TLS connection to this server. What is to be sent there (`Transmit.stream`) may come before it
        /// stands: keep a bounded amount, and drop whole messages beyond.
        case openStream(TURNStreamID, TURNServer)
        /// Close it, once what was to be sent there has gone.
        case closeStream(TURNStreamID)
        /// Resolve this mDNS name (`….local`, RFC 6762) and call `nameResolved`; nothing waits for it.
        case resolveName(String)
        /// A TURN server has given us a relayed address: for the log.
        case relayReady(TURNServer)
        /// A TURN server gives us no relayed address, or does no longer: for the log. After `noAnswer` it is asked for a while
        /// yet, and may come to be ready.
        case relayFailed(TURNServer, TURNFailure)
        /// A STUN server answered, or did not in time, from whichever socket: for people.
        case stunServerAnswered(SocketAddress)
        case stunServerSilent(SocketAddress)
    }
}
