/// What a client may do; each level includes the ones below.
public enum AccessLevel: String, Comparable, CaseIterable, Hashable, Sendable {
    /// Reads the state; no snapshot, no bundle.
    case observer
    /// Steers the room.
    case `operator`
    /// Root and the daemon's own user.
    case admin

    public static func < (left: AccessLevel, right: AccessLevel) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .observer: 0
        case .operator: 1
        case .admin: 2
        }
    }
}
