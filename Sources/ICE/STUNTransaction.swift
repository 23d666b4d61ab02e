import Base

/// A Binding request of ours that waits for its response.
struct STUNTransaction: Sendable {
    enum Purpose: Hashable, Sendable {
        case gathering
        case check(PairID, nominating: Bool)
    }

    let id: STUNTransactionID
    let purpose: Purpose
    let local: SocketAddress
    let remote: SocketAddress
    /// The role the request claimed.
    let role: ICERole
    let datagram: [UInt8]
    let sentAt: Instant
    var timer: RetransmissionTimer
}
