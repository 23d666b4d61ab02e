public import Base

/// Why a TURN server does not relay for us, or not to a peer.
public enum TURNFailure: Error, Hashable, Sendable {
    /// It did not answer in time.
    case noAnswer
    /// It does not accept user and password (401 to a signed request), or not these for this allocation (441).
    case wrongCredentials(code: Int)
    /// It asked for credentials without saying for which realm, or found every nonce of its own stale.
    case unusableChallenge
    /// 403: it is not allowed to reach that peer, or we are not allowed to use it.
    case forbidden
    /// 437: it has another allocation, or none any more, for our address and port.
    case allocationMismatch
    /// 440, 443: it does not relay this address family.
    case addressFamily(code: Int)
    /// 442: it does not relay UDP.
    case unsupportedTransport
    /// 486: this user has too many allocations.
    case quotaReached
    /// 508: it has no port or bandwidth left.
    case insufficientCapacity
    /// 300: it names another server that is not of use, or one after the other.
    case redirectedInVain(to: SocketAddress?)
    /// Another error of STUN or TURN.
    case refused(code: Int, reason: String)
    /// Its answer lacks what an answer must hold.
    case malformedAnswer(missing: String)
    /// It did not renew the allocation in time.
    case expired
    /// The TCP or TLS connection has ended, or could not be made; why, where its owner knows.
    case connectionLost(String?)
}

extension TURNFailure: CustomStringConvertible {
    /// The failure that an error response tells of (RFC 8656 §19).
    init(_ error: STUNErrorCode) {
        switch error.code {
        case 401, 441: self = .wrongCredentials(code: error.code)
        case 403: self = .forbidden
        case 437: self = .allocationMismatch
        case 438: self = .unusableChallenge
        case 440, 443: self = .addressFamily(code: error.code)
        case 442: self = .unsupportedTransport
        case 486: self = .quotaReached
        case 508: self = .insufficientCapacity
        default: self = .refused(code: error.code, reason: String(error.reason.prefix(100)))
        }
    }

    public var description: String {
        switch self {
        case .noAnswer: "the TURN server does not answer; check its address, port and the firewall"
        case .wrongCredentials(let code):
            "the TURN server refuses the user name or the credential (\(code)); check both, and whether they have expired"
        case .unusableChallenge:
            "the TURN server's challenges cannot be answered: no realm or nonce, or always stale ones"
        case .forbidden: "the TURN server's rules forbid it (403)"
        case .allocationMismatch: "the TURN server has another allocation, or none any more, for our port (437)"
        case .addressFamily(let code): "the TURN server does not relay this address family (\(code))"
        case .unsupportedTransport: "the TURN server does not relay UDP (442)"
        case .quotaReached: "the user has too many allocations on the TURN server (486); they end within ten minutes"
        case .insufficientCapacity: "the TURN server has no capacity left (508)"
        case .redirectedInVain(let address):
            "the TURN server sends us to \(address.map(\.description) ?? "no server") (300), which leads nowhere"
        case .refused(let code, let reason): "the TURN server refuses with error \(code) \"\(reason)\""
        case .malformedAnswer(let missing): "the TURN server's answer lacks \(missing)"
        case .expired: "the TURN server did not renew the allocation in time"
        case .connectionLost(let reason): reason ?? "the connection to the TURN server has ended"
        }
    }

    /// How long the server is to be left alone before it is asked for another allocation (RFC 8656 §7.4).
    var retryAfter: Duration {
        switch self {
        case .quotaReached, .insufficientCapacity: .seconds(60)
        case .allocationMismatch: .seconds(120)
        case .noAnswer, .wrongCredentials, .unusableChallenge, .forbidden, .addressFamily, .unsupportedTransport,
            .redirectedInVain, .refused, .malformedAnswer, .expired, .connectionLost:
            .zero
        }
    }
}
