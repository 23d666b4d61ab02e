import Base
import Digests

extension TURNAllocation {
    /// A response to a request of ours (RFC 8489 §9.2.5, RFC 8656 §5).
    mutating func handleResponse(_ message: STUNMessage, _ datagram: Span<UInt8>, at now: Instant) {
        guard let index = requests.firstIndex(where: { $0.id == message.transactionID }),
            requests[index].purpose.method == message.method
        else {
            statistics.unmatchedResponses += 1
            return
        }
        let request = requests[index]
        guard isTrustworthy(message, datagram, answering: request) else {
            // The request goes on until it times out.
            statistics.unauthenticatedResponses += 1
            return
        }
        requests.remove(at: index)
        guard message.messageClass == .error else {
            succeeded(request.purpose, message, at: now)
            return
        }
        guard let error = message.errorCode else {
            failed(request.purpose, .malformedAnswer(missing: "ERROR-CODE"), at: now)
            return
        }
        switch (error.code, request.purpose) {
        case (401, _) where request.key == nil, (438, _):
            answerChallenge(message, request, at: now)
        case (300, .allocate):
            follow(message.alternateServer, at: now)
        case (440, .allocate) where wantsIPv6:
            wantsIPv6 = false
            send(.allocate, challenges: request.challenges, at: now)
        default:
            failed(request.purpose, TURNFailure(error), at: now)
        }
    }

    /// What was signed has to be answered signed, but for the errors that say that the server could not check or make a
    /// signature (RFC 8489 §9.2.4).
    private func isTrustworthy(
        _ message: STUNMessage, _ datagram: Span<UInt8>, answering request: TURNRequest
    ) -> Bool {
        guard let key = request.key else { return true }
        if message.integrityOffset != nil { return message.isAuthentic(key: key, in: datagram) }
        switch (message.messageClass, message.errorCode?.code) {
        case (.error, 400), (.error, 401), (.error, 438): return true
        case (.error, _), (.success, _), (.request, _), (.indication, _): return false
        }
    }

    private mutating func answerChallenge(_ message: STUNMessage, _ request: TURNRequest, at now: Instant) {
        guard request.challenges < TURNTiming.maximumChallenges, let nonce = message.nonce,
            let realm = message.realm ?? challenge?.realm
        else {
            failed(request.purpose, .unusableChallenge, at: now)
            return
        }
        if let known = challenge, known.realm == realm {
            challenge = TURNChallenge(realm: realm, nonce: nonce, key: known.key)
        } else {
            let key = Digests.md5(Array("\(server.username):\(realm):\(server.credential)".utf8))
            challenge = TURNChallenge(realm: realm, nonce: nonce, key: key)
        }
        send(request.purpose, challenges: request.challenges + 1, at: now)
    }

    /// RFC 8489 §10: the same request to another server, over the same transport.
    private mutating func follow(_ alternate: SocketAddress?, at now: Instant) {
        guard let alternate, redirections.count < TURNTiming.maximumRedirections, alternate != serverAddress,
            !redirections.contains(alternate), alternate.ip.isV6 == serverAddress.ip.isV6, alternate.port != 0,
            !alternate.ip.isUnspecified, !alternate.ip.isMulticastOrBroadcast,
            alternate.ip.isLoopback == serverAddress.ip.isLoopback
        else {
            end(.redirectedInVain(to: alternate), at: now)
            return
        }
        redirections.append(serverAddress)
        serverAddress = alternate
        // Realm and nonce are those of the server that made them.
        challenge = nil
        events.appendDroppingOldest(.redirected)
        send(.allocate, at: now)
    }

    // MARK: - Success

    private mutating func succeeded(_ purpose: TURNRequest.Purpose, _ message: STUNMessage, at now: Instant) {
        switch purpose {
        case .allocate: allocated(message, at: now)
        case .refresh: refreshed(message, at: now)
        case .permission(let peer): permitted(peer, at: now)
        case .channel(let number, let peer):
            guard let index = channels.firstIndex(where: { $0.number == number }) else { return }
            channels[index].state = .bound(
                expiresAt: now + TURNTiming.channelLifetime, refreshAt: now + TURNTiming.channelRefresh)
            // A channel is a permission, too (RFC 8656 §12).
            permitted(peer.ip, at: now)
        }
    }

    private mutating func allocated(_ message: STUNMessage, at now: Instant) {
        guard state == .allocating else { return }
        guard let relayed = message.relayedAddress, relayed.port != 0, !relayed.ip.isUnspecified,
            !relayed.ip.isMulticastOrBroadcast
        else { return end(.malformedAnswer(missing: "XOR-RELAYED-ADDRESS"), at: now) }
        guard let mapped = message.xorMappedAddress else {
            return end(.malformedAnswer(missing: "XOR-MAPPED-ADDRESS"), at: now)
        }
        guard let seconds = message.lifetime, seconds > 0 else {
            return end(.malformedAnswer(missing: "LIFETIME"), at: now)
        }
        let lifetime = Self.duration(seconds)
        state = .allocated(
            Lease(
                relayed: relayed, mapped: mapped, expiresAt: now + lifetime,
                refreshAt: now + TURNTiming.refresh(after: lifetime)))
        events.appendDroppingOldest(.allocated(relayed: relayed, mapped: mapped))
    }

    private mutating func refreshed(_ message: STUNMessage, at now: Instant) {
        guard var lease else { return }
        guard let seconds = message.lifetime, seconds > 0 else { return end(.expired, at: now) }
        let lifetime = Self.duration(seconds)
        lease.expiresAt = now + lifetime
        lease.refreshAt = now + TURNTiming.refresh(after: lifetime)
        state = .allocated(lease)
    }

    private mutating func permitted(_ peer: IPAddress, at now: Instant) {
        let granted = TURNPermission.State.granted(
            expiresAt: now + TURNTiming.permissionLifetime, refreshAt: now + TURNTiming.permissionRefresh)
        guard let index = permissions.firstIndex(where: { $0.peer == peer }) else {
            guard permissions.count < TURNTiming.maximumPermissions else { return }
            permissions.append(TURNPermission(peer: peer, state: granted))
            return
        }
        let isNew = !permissions[index].isGranted
        permissions[index].state = granted
        if isNew { events.appendDroppingOldest(.permitted(peer)) }
    }

    private static func duration(_ seconds: UInt32) -> Duration {
        let range = TURNTiming.lifetimes
        return .seconds(Int64(min(max(seconds, range.lowerBound), range.upperBound)))
    }

    // MARK: - Failure

    /// A request was refused or never answered.
    mutating func failed(_ purpose: TURNRequest.Purpose, _ failure: TURNFailure, at now: Instant) {
        switch (purpose, failure) {
        case (.allocate, _), (_, .allocationMismatch):
            end(failure, at: now)
        case (.refresh, _):
            // There is time left, and another try costs little.
            guard var lease else { return }
            lease.refreshAt = now + TURNTiming.renewalRetry
            state = .allocated(lease)
        case (.permission(let peer), _):
            guard let index = permissions.firstIndex(where: { $0.peer == peer }) else { return }
            switch (permissions[index].state, failure) {
            case (.granted(let expiresAt, _), .noAnswer):
                permissions[index].state = .granted(
                    expiresAt: expiresAt, refreshAt: now + TURNTiming.renewalRetry)
            case (.requested, .noAnswer):
                // Silence says nothing of the peer: it may be asked for again.
                permissions.remove(at: index)
                events.appendDroppingOldest(.refused(peer, failure))
            case (.granted, _), (.requested, _), (.refused, _):
                permissions[index].state = .refused
                events.appendDroppingOldest(.refused(peer, failure))
            }
        case (.channel(let number, _), _):
            guard let index = channels.firstIndex(where: { $0.number == number }) else { return }
            switch (channels[index].state, failure) {
            case (.bound(let expiresAt, _), .noAnswer):
                channels[index].state = .bound(expiresAt: expiresAt, refreshAt: now + TURNTiming.renewalRetry)
            case (.bound, _), (.requested, _), (.lapsed, _), (.refused, _):
                channels[index].state = .refused
            }
        }
    }
}
