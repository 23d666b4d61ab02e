public import Base

// Relayed candidates. An allocation is one more base that checks and media are sent from: only at the very edge, in `wrap`
// and `unwrap`, what goes from and to its relayed address becomes traffic with the TURN server.

extension ICEAgent {
    // MARK: - The owner's side

    /// A TURN server to get relayed candidates from: over UDP through every socket of its address family, over TCP and TLS
    /// through a connection that the owner is asked to open (`Event.openStream`).
    public mutating func addTURNServer(_ server: TURNServer, at now: Instant) {
        guard state != .closed, turnServers.count < ICETiming.maximumTURNServers, !turnServers.contains(server) else {
            return
        }
        turnServers.append(server)
        switch server.transport {
        case .udp: for socket in sockets { addRelay(server, through: socket.address) }
        case .tcp, .tls: addRelay(server, through: nil)
        }
        gatheringReported = false
        advance(at: now)
    }

    /// Finds out whether a datagram came from a peer through a relay, and takes the relay's wrapping off.
    ///
    /// - Returns: where the datagram is from, and which address of ours it came to, a socket's or a relayed one; nil if it
    ///   was between us and the TURN server, and is dealt with.
    public mutating func unwrap(
        _ datagram: inout [UInt8], from remote: SocketAddress, on local: SocketAddress, at now: Instant
    ) -> Transmit? {
        let route = Transmit(local: local, remote: remote)
        guard
            let index = relays.firstIndex(where: {
                $0.link == .local(local) && $0.allocation.serverAddress == remote && !$0.allocation.hasFailed
            })
        else { return route }
        return unwrap(&datagram, through: index, at: now)
    }

    /// Makes a datagram of the owner's one that the sockets can send: if it is to go from a relayed address, it is wrapped.
    ///
    /// - Returns: what it is to be sent from and to; nil if there is no way.
    public mutating func wrap(
        _ datagram: inout [UInt8], from local: SocketAddress, to remote: SocketAddress
    ) -> Transmit? {
        guard let index = relays.firstIndex(where: { $0.base?.address == local }) else {
            return Transmit(local: local, remote: remote)
        }
        guard relays[index].allocation.wrap(&datagram, to: remote) else {
            // A check that meets no permission asks for one; its retransmission will then find it.
            relays[index].allocation.permit(remote.ip)
            statistics.unrelayedDatagrams += 1
            return nil
        }
        return relays[index].route
    }

    /// Bytes from a connection to a TURN server; afterwards call `pollStream` until it returns nil.
    public mutating func receiveStream(_ bytes: Span<UInt8>, on id: TURNStreamID, at now: Instant) {
        guard let index = relays.firstIndex(where: { $0.link == .stream(id) }) else {
            statistics.unexpectedDatagrams += 1
            return
        }
        do {
            try relays[index].deframer.append(bytes)
        } catch {
            streamBroke(index, at: now)
        }
    }

    /// The next datagram of a peer's that came over a connection; the bytes are swapped into `datagram`.
    /// - Returns: where it is from and to which relayed address of ours, or nil when there is none now.
    public mutating func pollStream(
        _ id: TURNStreamID, into datagram: inout [UInt8], at now: Instant
    ) -> Transmit? {
        while let index = relays.firstIndex(where: { $0.link == .stream(id) }) {
            do {
                guard try relays[index].deframer.next(into: &datagram) else { return nil }
            } catch {
                streamBroke(index, at: now)
                return nil
            }
            if let route = unwrap(&datagram, through: index, at: now) { return route }
        }
        return nil
    }

    /// A connection has ended or could not be made.
    /// - Parameter reason: for people; nil: not known.
    public mutating func streamClosed(_ id: TURNStreamID, because reason: String? = nil, at now: Instant) {
        guard let index = relays.firstIndex(where: { $0.link == .stream(id) }) else { return }
        relays[index].allocation.connectionLost(reason, at: now)
        drainRelay(index, at: now)
        advance(at: now)
    }

    private mutating func streamBroke(_ index: Int, at now: Instant) {
        statistics.malformedDatagrams += 1
        relays[index].allocation.connectionLost("the TURN server sends what is no TURN", at: now)
        drainRelay(index, at: now)
        advance(at: now)
    }

    private mutating func unwrap(_ datagram: inout [UInt8], through index: Int, at now: Instant) -> Transmit? {
        switch relays[index].allocation.handle(datagram.span, at: now) {
        case .other:
            guard case .local(let local) = relays[index].link else { return nil }
            return Transmit(local: local, remote: relays[index].allocation.serverAddress)
        case .consumed:
            drainRelay(index, at: now)
            advance(at: now)
            return nil
        case .data(let peer, let range):
            guard let base = relays[index].base else { return nil }
            datagram.removeLast(datagram.count - range.upperBound)
            datagram.removeSubrange(0..<range.lowerBound)
            return Transmit(local: base.address, remote: peer)
        }
    }

    // MARK: - Allocations

    /// - Parameter socket: nil for a connection of its own.
    mutating func addRelay(_ server: TURNServer, through socket: SocketAddress?) {
        guard relays.count < ICETiming.maximumRelays else { return }
        if let socket, !Self.mayReach(server.address, from: socket) || isRelaying(through: socket, server.address) {
            return
        }
        let link: Relay.Link = socket.map { .local($0) } ?? .stream(nextStreamID())
        let taken = relays.map(\.ordinal)
        relays.append(
            Relay(
                ordinal: (0..<relays.count).first { !taken.contains($0) } ?? relays.count, link: link,
                allocation: TURNAllocation(
                    server: server, wantsIPv6: server.address.ip.isV6, random: SeededRandom(seed: random.next()))))
    }

    /// A server knows us by address and port: there is one allocation for a socket (RFC 8656 §3.2).
    private func isRelaying(through socket: SocketAddress, _ server: SocketAddress) -> Bool {
        relays.contains { $0.link == .local(socket) && $0.allocation.serverAddress == server }
    }

    private mutating func nextStreamID() -> TURNStreamID {
        streamCount += 1
        return TURNStreamID(number: streamCount)
    }

    /// Whether an allocation is still to be asked for.
    var hasRelaysToStart: Bool {
        relays.contains { $0.allocation.state == .idle }
    }

    /// Until when gathering waits for allocations; nil: for none.
    var allocatingUntil: Instant? {
        relays.lazy.filter(\.allocation.isPending).map { $0.gatheringEndsAt ?? .distantFuture }.max()
    }

    mutating func startNextRelay(at now: Instant) {
        guard let index = relays.firstIndex(where: { $0.allocation.state == .idle }) else { return }
        if case .stream(let id) = relays[index].link {
            emit(.openStream(id, relays[index].allocation.server))
        }
        relays[index].gatheringEndsAt = now + TURNTiming.gatheringPatience
        relays[index].allocation.start(at: now)
        drainRelay(index, at: now)
    }

    /// After a restart servers that failed are asked anew.
    mutating func allocateAgain(at now: Instant) {
        for index in relays.indices {
            guard case .failed = relays[index].allocation.state, now >= relays[index].allocation.retryAt else {
                continue
            }
            let server = relays[index].allocation.server
            relays[index].gatheringEndsAt = nil
            relays[index].isToldSilent = false
            if case .stream = relays[index].link {
                relays[index].link = .stream(nextStreamID())
                relays[index].deframer = TURNStreamDeframer()
            }
            relays[index].allocation = TURNAllocation(
                server: server, wantsIPv6: server.address.ip.isV6, random: SeededRandom(seed: random.next()))
        }
    }

    /// The relay whose turn it is to ask for a permission.
    var relayWithQueuedRequest: Int? {
        relays.firstIndex { $0.allocation.hasQueuedRequest }
    }

    mutating func askNextPermission(_ index: Int, at now: Instant) {
        relays[index].allocation.sendNext(at: now)
        drainRelay(index, at: now)
    }

    /// Fires what is due, and has a channel bound for the pair in use.
    mutating func fireRelays(at now: Instant) {
        for index in relays.indices {
            if let deadline = relays[index].allocation.nextDeadline, deadline <= now {
                let needed = neededPeers(through: index)
                relays[index].allocation.handleTimeout(at: now) { needed.contains($0) }
                drainRelay(index, at: now)
            }
            tellIfSilent(index, at: now)
            guard let base = relays[index].base else { continue }
            let peer = selected.flatMap { $0.addresses.local == base.address ? $0.addresses.remote : nil }
            relays[index].allocation.useChannel(to: peer, at: now)
            drainRelay(index, at: now)
        }
    }

    /// Peers whose permission is to be kept: that of the pair in use, also of one from before a restart, and of those that
    /// are being checked or work.
    private func neededPeers(through index: Int) -> [IPAddress] {
        guard let base = relays[index].base else { return [] }
        var peers = session.pairs.filter { $0.local == base.address && $0.state != .failed }.map(\.remote.ip)
        if let path = selected, path.addresses.local == base.address { peers.append(path.addresses.remote.ip) }
        return peers
    }

    /// Takes in what an allocation has to say.
    mutating func drainRelay(_ index: Int, at now: Instant) {
        while let event = relays[index].allocation.pollEvent() {
            switch event {
            case .allocated(let relayed, let mapped): relayAllocated(index, relayed: relayed, mapped: mapped, at: now)
            case .permitted(let peer): relayPermitted(index, peer)
            case .refused: statistics.refusedPermissions += 1
            case .redirected: relayRedirected(index, at: now)
            case .failed(let failure): relayFailed(index, failure, at: now)
            }
        }
        let route = relays[index].route
        var bytes = takeScratch()
        while relays[index].allocation.pollTransmit(into: &bytes) { queue(&bytes, on: route) }
        returnScratch(&bytes)
    }

    private mutating func relayAllocated(
        _ index: Int, relayed: SocketAddress, mapped: SocketAddress, at now: Instant
    ) {
        let relay = relays[index]
        let server = relay.allocation.server
        guard !hasBase(relayed) else {
            relays[index].allocation.close(at: now)
            return
        }
        if case .local(let local) = relay.link { reflexiveAddress(mapped, of: local, from: server.address, at: now) }
        let base = LocalBase(
            relayed: relayed, preference: relay.preference,
            foundation: foundation("relay \(relayed.ip) \(server.address.ip) \(server.transport.rawValue)"))
        relays[index].base = base
        relays[index].isToldSilent = false
        emit(.relayReady(server))
        addCandidate(
            LocalCandidate(
                kind: .relayed, address: relayed, base: relayed, priority: base.priority, foundation: base.foundation,
                related: mapped))
        for remote in session.remoteCandidates { addPair(base, remote) }
    }

    /// A pair is made only when the server will relay its checks.
    private mutating func relayPermitted(_ index: Int, _ peer: IPAddress) {
        guard let base = relays[index].base else { return }
        for remote in session.remoteCandidates where remote.address.ip == peer { addPair(base, remote) }
    }

    private mutating func relayRedirected(_ index: Int, at now: Instant) {
        let address = relays[index].allocation.serverAddress
        guard case .stream(let old) = relays[index].link else {
            let link = relays[index].link
            if relays.count(where: { $0.link == link && $0.allocation.serverAddress == address }) > 1 {
                relays[index].allocation.end(.redirectedInVain(to: address), at: now)
            }
            return
        }
        let new = nextStreamID()
        relays[index].link = .stream(new)
        relays[index].deframer = TURNStreamDeframer()
        var server = relays[index].allocation.server
        server.address = address
        emit(.closeStream(old))
        emit(.openStream(new, server))
    }

    /// An allocation is gone, and with it what it carried.
    private mutating func relayFailed(_ index: Int, _ failure: TURNFailure, at now: Instant) {
        if failure != .noAnswer || !relays[index].isToldSilent {
            emit(.relayFailed(relays[index].allocation.server, failure))
        }
        if case .stream(let id) = relays[index].link { emit(.closeStream(id)) }
        guard let base = relays[index].base else { return }
        relays[index].base = nil
        loseBase(base.address, at: now)
    }

    /// Nothing goes out from this address any more, and nothing comes in: its pairs have failed.
    mutating func loseBase(_ address: SocketAddress, at now: Instant) {
        candidates.removeAll { $0.base == address }
        let lost = Set(session.pairs.filter { $0.local == address }.map(\.id))
        let isInUse = selected?.addresses.local == address
        if isInUse, state == .connected { disconnect(at: now) }
        session.triggered.removeAll { lost.contains($0.pair) }
        transactions.removeAll { if case .check(let id, _) = $0.purpose { lost.contains(id) } else { false } }
        for pair in session.pairs.indices where lost.contains(session.pairs[pair].id) {
            session.pairs[pair].state = .failed
        }
        if case .requested(let id) = session.nomination, lost.contains(id) { session.nomination = .awaitingPair }
        considerNomination(at: now)
    }

    /// Gives everything back to the TURN servers.
    mutating func closeRelays(at now: Instant) {
        for index in relays.indices {
            relays[index].allocation.close(at: now)
            drainRelay(index, at: now)
            if case .stream(let id) = relays[index].link { emit(.closeStream(id)) }
        }
    }
}
