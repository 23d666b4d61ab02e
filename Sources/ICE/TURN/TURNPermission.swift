import Base

/// That a peer's address may send to us, and we to it (RFC 8656 §9).
struct TURNPermission: Hashable, Sendable {
    enum State: Hashable, Sendable {
        /// Asked for, or waiting to be.
        case requested
        case granted(expiresAt: Instant, refreshAt: Instant)
        case refused
    }

    let peer: IPAddress
    var state: State

    var isGranted: Bool {
        if case .granted = state { true } else { false }
    }
}
