public import Base

extension TURNAllocation {
    /// When `handleTimeout` is to be called at the latest; nil: only when something else happens.
    public var nextDeadline: Instant? {
        var earliest = requests.lazy.map(\.timer.dueAt).min()
        guard let lease else { return state == .allocating ? earliest : nil }
        earliest = Self.earliest(earliest, lease.expiresAt)
        if !isAsking(.refresh) { earliest = Self.earliest(earliest, lease.refreshAt) }
        for permission in permissions {
            guard case .granted(let expiresAt, let refreshAt) = permission.state else { continue }
            earliest = Self.earliest(earliest, isRenewing(permission.peer) ? expiresAt : refreshAt)
        }
        for channel in channels {
            guard case .bound(let expiresAt, let refreshAt) = channel.state else { continue }
            let isKept = channel.peer == channelPeer && !isAsking(.channel(channel.number, channel.peer))
            earliest = Self.earliest(earliest, isKept ? refreshAt : expiresAt)
        }
        return earliest
    }

    /// Does what is due: sends again, gives up, renews.
    /// - Parameter needed: whether a permission that is due is still wanted; others lapse.
    public mutating func handleTimeout(at now: Instant, needs needed: (IPAddress) -> Bool = { _ in true }) {
        fireRequests(at: now)
        guard let lease else { return }
        guard now < lease.expiresAt else { return end(.expired, at: now) }
        if now >= lease.refreshAt, !isAsking(.refresh) { send(.refresh, at: now) }
        renewPermissions(at: now, needs: needed)
        renewChannels(at: now)
    }

    private static func earliest(_ first: Instant?, _ second: Instant) -> Instant {
        first.map { min($0, second) } ?? second
    }

    private func isRenewing(_ peer: IPAddress) -> Bool {
        isAsking(.permission(peer))
    }

    private mutating func fireRequests(at now: Instant) {
        var expired: [TURNRequest] = []
        for index in requests.indices {
            switch requests[index].timer.fire(at: now) {
            case .resend: resend(requests[index])
            case .giveUp: expired.append(requests[index])
            case nil: break
            }
        }
        guard !expired.isEmpty else { return }
        requests.removeAll { request in expired.contains { $0.id == request.id } }
        for request in expired { failed(request.purpose, .noAnswer, at: now) }
    }

    private mutating func renewPermissions(at now: Instant, needs needed: (IPAddress) -> Bool) {
        for index in permissions.indices.reversed() {
            guard case .granted(let expiresAt, let refreshAt) = permissions[index].state else { continue }
            let peer = permissions[index].peer
            if now >= expiresAt {
                requests.removeAll { $0.purpose == .permission(peer) }
                permissions.remove(at: index)
                if needed(peer) { permit(peer) }
            } else if now >= refreshAt, !isRenewing(peer) {
                if needed(peer) { send(.permission(peer), at: now) } else { permissions.remove(at: index) }
            }
        }
    }

    private mutating func renewChannels(at now: Instant) {
        for index in channels.indices {
            guard case .bound(let expiresAt, let refreshAt) = channels[index].state else { continue }
            let request = TURNRequest.Purpose.channel(channels[index].number, channels[index].peer)
            if now >= expiresAt {
                requests.removeAll { $0.purpose == request }
                if channels[index].peer == channelPeer {
                    bind(at: index, at: now)
                } else {
                    channels[index].state = .lapsed
                }
            } else if now >= refreshAt, channels[index].peer == channelPeer, !isAsking(request) {
                send(request, at: now)
            }
        }
    }
}
