import Base

extension TURNAllocation {
    /// UDP, the only transport between server and peers (RFC 8656 §18.8).
    private static let udp: UInt8 = 17

    /// Sends a request, signed as soon as the server has named its realm.
    mutating func send(_ purpose: TURNRequest.Purpose, challenges: Int = 0, at now: Instant) {
        var message = STUNMessage(
            .request, method: purpose.method, transactionID: STUNTransactionID(using: &random))
        switch purpose {
        case .allocate:
            message.requestedTransport = Self.udp
            if wantsIPv6 { message.requestedAddressFamily = 2 }
        case .refresh:
            break
        case .permission(let peer):
            message.peerAddress = SocketAddress(ip: peer, port: 0)
        case .channel(let number, let peer):
            message.channelNumber = number
            message.peerAddress = peer
        }
        authenticate(&message)
        message.write(into: &scratch, key: challenge?.key)
        requests.append(
            TURNRequest(
                id: message.transactionID, purpose: purpose, key: challenge?.key, challenges: challenges,
                datagram: scratch, timer: timer(for: purpose, at: now)))
        statistics.requestsSent += 1
        queueScratch()
    }

    /// A Refresh whose answer nobody waits for.
    mutating func sendOnce(lifetime: UInt32) {
        var message = STUNMessage(
            .request, method: STUNMessage.refresh, transactionID: STUNTransactionID(using: &random))
        message.lifetime = lifetime
        authenticate(&message)
        message.write(into: &scratch, key: challenge?.key)
        statistics.requestsSent += 1
        queueScratch()
    }

    mutating func resend(_ request: TURNRequest) {
        statistics.retransmissions += 1
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: request.datagram)
        queueScratch()
    }

    private mutating func queueScratch() {
        if !transmits.push(swapping: &scratch, tag: ()) { statistics.droppedTransmits += 1 }
    }

    private func authenticate(_ message: inout STUNMessage) {
        guard let challenge else { return }
        message.username = server.username
        message.realm = challenge.realm
        message.nonce = challenge.nonce
    }

    private func timer(for purpose: TURNRequest.Purpose, at now: Instant) -> RetransmissionTimer {
        switch (server.transport, purpose) {
        case (.udp, .allocate), (.udp, .refresh), (.udp, .permission), (.udp, .channel):
            RetransmissionTimer(rto: TURNTiming.rto, at: now)
        case (.tcp, .allocate), (.tls, .allocate):
            RetransmissionTimer(rto: TURNTiming.streamAllocatePatience, requests: 1, lastWait: 1, at: now)
        case (.tcp, .refresh), (.tcp, .permission), (.tcp, .channel), (.tls, .refresh), (.tls, .permission),
            (.tls, .channel):
            RetransmissionTimer(rto: TURNTiming.streamPatience, requests: 1, lastWait: 1, at: now)
        }
    }
}
