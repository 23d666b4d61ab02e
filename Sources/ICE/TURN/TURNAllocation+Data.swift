public import Base

extension TURNAllocation {
    /// Takes what came from the server.
    public mutating func handle(_ datagram: Span<UInt8>, at now: Instant) -> Received {
        if TURNFraming.isChannelData(datagram) { return handleChannelData(datagram) }
        guard STUNMessage.hasHeader(datagram) else { return .other }
        guard let message = try? STUNMessage(parsing: datagram) else {
            statistics.malformedMessages += 1
            return .consumed
        }
        switch (message.messageClass, message.method) {
        case (_, STUNMessage.binding):
            return .other
        case (.indication, STUNMessage.data):
            return handleDataIndication(message, datagram)
        case (.success, _), (.error, _):
            handleResponse(message, datagram, at: now)
        case (.request, _), (.indication, _):
            // Nothing that a server says to a client.
            statistics.malformedMessages += 1
        }
        return .consumed
    }

    private mutating func handleChannelData(_ datagram: Span<UInt8>) -> Received {
        guard let (number, range) = TURNFraming.readChannelData(datagram) else {
            statistics.malformedMessages += 1
            return .consumed
        }
        guard let channel = channels.first(where: { $0.number == number }), Self.mayCarry(channel.state) else {
            statistics.droppedData += 1
            return .consumed
        }
        statistics.channelDataReceived += 1
        return .data(peer: channel.peer, range: range)
    }

    private static func mayCarry(_ state: TURNChannel.State) -> Bool {
        switch state {
        case .requested, .bound: true
        case .lapsed, .refused: false
        }
    }

    /// RFC 8656 §11.4: only from those who have a permission, as far as we know.
    private mutating func handleDataIndication(_ message: STUNMessage, _ datagram: Span<UInt8>) -> Received {
        guard let peer = message.peerAddress, message.notUnderstood.isEmpty,
            let range = TURNFraming.dataRange(datagram)
        else {
            statistics.malformedMessages += 1
            return .consumed
        }
        guard permits(peer.ip) else {
            statistics.droppedData += 1
            return .consumed
        }
        statistics.indicationsReceived += 1
        return .data(peer: peer, range: range)
    }

    /// Wraps data for a peer, in place: as ChannelData where a channel is bound, else as a Send indication.
    /// - Returns: false where there is no permission; `datagram` is then left as it was.
    public mutating func wrap(_ datagram: inout [UInt8], to peer: SocketAddress) -> Bool {
        guard datagram.count <= 0xFFFF - 64 else { return false }
        if let channel = channels.first(where: { $0.peer == peer && $0.isBound }) {
            statistics.channelDataSent += 1
            TURNFraming.wrap(&datagram, channel: channel.number, isPadded: server.transport != .udp)
            return true
        }
        guard permits(peer.ip) else {
            statistics.droppedData += 1
            return false
        }
        statistics.indicationsSent += 1
        TURNFraming.wrap(&datagram, to: peer, id: STUNTransactionID(using: &random))
        return true
    }
}
