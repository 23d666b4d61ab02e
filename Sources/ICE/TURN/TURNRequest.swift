import Base

/// A request to the TURN server that waits for its response.
struct TURNRequest: Sendable {
    enum Purpose: Hashable, Sendable {
        case allocate
        case refresh
        case permission(IPAddress)
        case channel(UInt16, SocketAddress)

        var method: UInt16 {
            switch self {
            case .allocate: STUNMessage.allocate
            case .refresh: STUNMessage.refresh
            case .permission: STUNMessage.createPermission
            case .channel: STUNMessage.channelBind
            }
        }
    }

    let id: STUNTransactionID
    let purpose: Purpose
    /// What it was signed with; nil before the server has named its realm.
    let key: [UInt8]?
    /// How often the server has answered this with a challenge.
    let challenges: Int
    let datagram: [UInt8]
    var timer: RetransmissionTimer
}
