import Base

/// A number that stands for a peer in ChannelData (RFC 8656 §12). Numbers are never given to another peer.
struct TURNChannel: Hashable, Sendable {
    enum State: Hashable, Sendable {
        /// Asked for: data may come with it already.
        case requested
        case bound(expiresAt: Instant, refreshAt: Instant)
        /// Not renewed in time, because nothing needed it.
        case lapsed
        /// The server does not want it; indications work all the same.
        case refused
    }

    let number: UInt16
    let peer: SocketAddress
    var state: State

    var isBound: Bool {
        if case .bound = state { true } else { false }
    }
}
