import CLinux

/// The kernel's word on the process that connected.
struct PeerCredentials: Hashable {
    let pid: Int32
    let uid: UInt32
    /// The primary group and the supplementary ones, as they were at the moment of connecting.
    let groups: Set<UInt32>

    init(pid: Int32, uid: UInt32, groups: Set<UInt32>) {
        self.pid = pid
        self.uid = uid
        self.groups = groups
    }

    /// - Throws: when the descriptor is no connected Unix socket.
    init(of descriptor: Int32) throws(ControlServerError) {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
        let failure = clinux_peer_credentials(descriptor, &pid, &uid, &gid)
        guard failure == 0 else { throw .peerUnknown(errno: -failure) }
        var groups: Set<UInt32> = [gid]
        var capacity = 64
        while capacity <= 65_536 {
            var buffer = [UInt32](repeating: 0, count: capacity)
            let count = Int(clinux_peer_groups(descriptor, &buffer, Int32(capacity)))
            if count >= 0 {
                groups.formUnion(buffer.prefix(count))
                break
            }
            // Without SO_PEERGROUPS (Linux before 4.13) the primary group alone counts.
            guard count == -Int(ERANGE) else { break }
            capacity *= 4
        }
        self.init(pid: pid, uid: uid, groups: groups)
    }
}
