public import Base

extension ICEAgent {
    /// A UDP socket that the shell has bound: makes its host candidate and asks the STUN servers from it.
    ///
    /// Add the best of each family first: the order decides the local preference. The families alternate by themselves,
    /// IPv6 before IPv4 (RFC 8421 §4).
    /// - Parameter socket: the very address it is bound to, never 0.0.0.0 or ::, with its port.
    /// - Returns: whether it is used. Addresses that cannot be candidates are not (RFC 8445 §5.1.1.1): IPv6 link-local ones
    ///   work only with a zone; others are deprecated. Temporary and deprecated ones only the shell can tell.
    @discardableResult
    public mutating func addLocalSocket(_ socket: SocketAddress, at now: Instant) -> Bool {
        precondition(
            socket.port != 0 && !socket.ip.isUnspecified, "a host candidate needs a real address, not \(socket)")
        guard state != .closed, sockets.count < ICETiming.maximumSockets, socket.ip.canBeCandidate,
            !sockets.contains(where: { $0.address == socket })
        else { return false }
        var local = LocalSocket(
            address: socket, preference: localPreference(socket.ip), foundation: foundation("host \(socket.ip)"),
            serversToAsk: [])
        if policy == .all { local.serversToAsk = servers(for: socket) }
        sockets.append(local)
        gatheringReported = false
        if policy == .all {
            addCandidate(
                LocalCandidate(
                    kind: .host, address: socket, base: socket, priority: local.hostPriority,
                    foundation: local.foundation))
            for remote in session.remoteCandidates { addPair(LocalBase(local), remote) }
        }
        for server in turnServers where server.transport == .udp { addRelay(server, through: socket) }
        advance(at: now)
        return true
    }

    /// A socket's address has left the machine: what hangs on it has failed. If the pair in use does, others take over where
    /// there are any; otherwise a restart, with what sockets there are by then, is the way out.
    public mutating func removeLocalSocket(_ socket: SocketAddress, at now: Instant) {
        guard state != .closed, let index = sockets.firstIndex(where: { $0.address == socket }) else { return }
        sockets.remove(at: index)
        transactions.removeAll { $0.purpose == .gathering && $0.local == socket }
        loseBase(socket, at: now)
        let relayed = relays.filter { $0.link == .local(socket) }.compactMap(\.base?.address)
        relays.removeAll { $0.link == .local(socket) }
        for address in relayed { loseBase(address, at: now) }
        advance(at: now)
    }

    /// No more sockets will come: once the STUN servers have answered or not, gathering is complete.
    public mutating func endOfLocalSockets(at now: Instant) {
        guard state != .closed else { return }
        allSocketsAdded = true
        advance(at: now)
    }

    /// After a restart the NATs are asked anew; answers that are known already change nothing.
    mutating func gatherAgain(at now: Instant) {
        allocateAgain(at: now)
        gatheringReported = false
        answeringServers = []
        guard policy == .all else { return }
        for index in sockets.indices { sockets[index].serversToAsk = servers(for: sockets[index].address) }
    }

    mutating func reportGathering(at now: Instant) {
        guard allSocketsAdded, !gatheringReported, state != .closed, !hasServersToAsk, allocatingUntil ?? now <= now,
            !transactions.contains(where: { $0.purpose == .gathering })
        else { return }
        gatheringReported = true
        emit(.gatheringComplete)
    }

    var hasServersToAsk: Bool {
        sockets.contains { !$0.serversToAsk.isEmpty }
    }

    /// Sends the next Binding request to a STUN server.
    mutating func askNextServer(at now: Instant) {
        guard let index = sockets.firstIndex(where: { !$0.serversToAsk.isEmpty }) else { return }
        let server = sockets[index].serversToAsk.removeFirst()
        let request = STUNMessage(.request, transactionID: STUNTransactionID(using: &random))
        let waiting = sockets.reduce(1) { $0 + $1.serversToAsk.count }
        // RFC 8445 §14.3: the RTO grows with what is paced, so that retransmissions do not break the pacing.
        begin(
            request, .gathering, password: nil, on: Transmit(local: sockets[index].address, remote: server),
            rto: max(ICETiming.minimumRTO, ICETiming.pace * waiting), requests: ICETiming.gatheringRequests,
            lastWait: ICETiming.gatheringLastWait, at: now)
    }

    /// A STUN server told how it sees us, or at least, by an error, that it is there.
    mutating func handleServerResponse(_ message: STUNMessage, _ transaction: STUNTransaction, at now: Instant) {
        answeringServers.insert(transaction.remote)
        emit(.stunServerAnswered(transaction.remote))
        guard message.messageClass == .success, let mapped = message.xorMappedAddress ?? message.mappedAddress,
            sockets.contains(where: { $0.address == transaction.local })
        else { return }
        reflexiveAddress(mapped, of: transaction.local, from: transaction.remote, at: now)
    }

    /// A STUN server did not answer one of the sockets in time.
    mutating func serverStayedSilent(_ server: SocketAddress) {
        let isStillAsked =
            transactions.contains { $0.purpose == .gathering && $0.remote == server }
            || sockets.contains { $0.serversToAsk.contains(server) }
        if !isStillAsked, !answeringServers.contains(server) { emit(.stunServerSilent(server)) }
    }

    /// A STUN or TURN server told how it sees a socket: perhaps a server-reflexive candidate.
    mutating func reflexiveAddress(
        _ mapped: SocketAddress, of socket: SocketAddress, from server: SocketAddress, at now: Instant
    ) {
        guard mapped.port != 0, !mapped.ip.isUnspecified, mapped.ip.isV6 == socket.ip.isV6,
            let index = sockets.firstIndex(where: { $0.address == socket })
        else { return }
        if !sockets[index].reflexiveServers.contains(server) { sockets[index].reflexiveServers.append(server) }
        sockets[index].keepaliveAt = now + ICETiming.keepalive
        guard policy == .all else { return }
        let base = sockets[index].address
        // Redundant where there is no NAT, or where two servers agree (RFC 8445 §5.1.3).
        guard !candidates.contains(where: { $0.address == mapped && $0.base == base && $0.kind != .peerReflexive })
        else { return }
        addCandidate(
            LocalCandidate(
                kind: .serverReflexive, address: mapped, base: base,
                priority: ICECandidateKind.serverReflexive.priority(localPreference: sockets[index].preference),
                foundation: foundation("srflx \(base.ip) \(server.ip)")))
    }

    /// Keeps the NAT's bindings open while the peer may still learn of them (RFC 8445 §5.1.1.4).
    mutating func refreshBindings(at now: Instant) {
        guard keepsBindings else { return }
        for index in sockets.indices where sockets[index].keepaliveAt <= now {
            sockets[index].keepaliveAt = now + ICETiming.keepalive
            for server in sockets[index].reflexiveServers {
                let indication = STUNMessage(.indication, transactionID: STUNTransactionID(using: &random))
                transmit(indication, password: nil, on: Transmit(local: sockets[index].address, remote: server))
            }
        }
    }

    var keepsBindings: Bool {
        switch state {
        case .new, .checking: true
        case .connected, .disconnected, .failed, .closed: false
        }
    }

    mutating func addCandidate(_ candidate: LocalCandidate) {
        guard candidates.count < ICETiming.maximumLocalCandidates else { return }
        candidates.append(candidate)
        emit(.localCandidate(candidate.signalled))
    }

    /// Candidates of one kind, base address and server share a foundation (RFC 8445 §5.1.1.3).
    mutating func foundation(_ origin: String) -> String {
        if let index = foundations.firstIndex(of: origin) { return String(index + 1) }
        foundations.append(origin)
        return String(foundations.count)
    }

    private func localPreference(_ ip: IPAddress) -> UInt16 {
        let best: UInt16 = ip.isLoopback ? 16384 : ip.isLinkLocal ? 32768 : 65535
        // Of the family, the best that none of the sockets has.
        let taken = sockets.map(\.preference)
        let first = best - (ip.isV6 ? 0 : 1)
        return (0...UInt16(sockets.count)).lazy.map { first - 2 * $0 }.first { !taken.contains($0) } ?? first
    }

    private func servers(for socket: SocketAddress) -> [SocketAddress] {
        stunServers.prefix(4).filter { Self.mayReach($0, from: socket) }
    }

    static func mayReach(_ server: SocketAddress, from socket: SocketAddress) -> Bool {
        server.ip.isV6 == socket.ip.isV6 && server.ip.isLinkLocal == socket.ip.isLinkLocal
            && (!socket.ip.isLoopback || server.ip.isLoopback)
    }
}

extension IPAddress {
    /// 0.0.0.0 or ::.
    var isUnspecified: Bool {
        switch self {
        case .v4(let bits): bits == 0
        case .v6(let high, let low): high == 0 && low == 0
        }
    }

    /// 224.0.0.0/4, 255.255.255.255 or ff00::/8.
    var isMulticastOrBroadcast: Bool {
        switch self {
        case .v4(let bits): bits >> 28 == 0xE || bits == .max
        case .v6(let high, _): high >> 56 == 0xFF
        }
    }
}
