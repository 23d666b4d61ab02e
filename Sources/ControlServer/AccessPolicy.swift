import CLinux
import ControlAPI

/// Who may do what: root and the daemon's own user are admins, the rest goes by group.
struct AccessPolicy: Hashable {
    /// The daemon's own user.
    let owner: UInt32
    let operators: UInt32?
    let observers: UInt32?

    /// Looks the groups up.
    /// - Parameters missing: the configured groups that do not exist.
    static func resolving(
        operators: String?, observers: String?, owner: UInt32
    ) -> (policy: AccessPolicy, missing: [String]) {
        var missing: [String] = []
        func group(_ name: String?) -> UInt32? {
            guard let name, !name.isEmpty else { return nil }
            var id: UInt32 = 0
            guard clinux_group_id(name, &id) == 0 else {
                missing.append(name)
                return nil
            }
            return id
        }
        let policy = AccessPolicy(owner: owner, operators: group(operators), observers: group(observers))
        return (policy, missing)
    }

    /// - Returns: nil for those who may not even read.
    func access(for peer: PeerCredentials) -> AccessLevel? {
        if peer.uid == 0 || peer.uid == owner { return .admin }
        if let operators, peer.groups.contains(operators) { return .operator }
        if let observers, peer.groups.contains(observers) { return .observer }
        return nil
    }
}
