public import Base
import DTLS
public import ICE
import RTP
import SRTP

extension PeerConnection {
    // MARK: - In

    /// Takes one datagram; its bytes are decrypted in place.
    /// - Parameters:
    ///   - remote: its source address.
    ///   - local: the socket it came in on, as given to `addLocalSocket`.
    public mutating func receive(
        _ datagram: inout [UInt8], from remote: SocketAddress, on local: SocketAddress, at now: Instant
    ) {
        guard state != .closed else { return }
        counters.datagramsReceived += 1
        counters.bytesReceived += UInt64(datagram.count)
        guard ice != nil else { return take(&datagram, from: remote, on: local, at: now) }
        guard let route = ice?.unwrap(&datagram, from: remote, on: local, at: now) else {
            // Between us and a TURN server.
            follow(at: now)
            return
        }
        take(&datagram, from: route.remote, on: route.local, at: now)
    }

    /// Takes bytes of a connection to a TURN server, cut as they may be.
    public mutating func receive(_ bytes: Span<UInt8>, on stream: TURNStreamID, at now: Instant) {
        guard state != .closed else { return }
        counters.bytesReceived += UInt64(bytes.count)
        ice?.receiveStream(bytes, on: stream, at: now)
        var datagram: [UInt8] = []
        swap(&datagram, &streamed)
        while let route = ice?.pollStream(stream, into: &datagram, at: now) {
            counters.datagramsReceived += 1
            take(&datagram, from: route.remote, on: route.local, at: now)
        }
        swap(&datagram, &streamed)
        follow(at: now)
    }

    /// A connection to a TURN server has ended, or could not be made.
    /// - Parameter reason: for people; nil: not known.
    public mutating func streamClosed(_ stream: TURNStreamID, because reason: String? = nil, at now: Instant) {
        guard state != .closed else { return }
        ice?.streamClosed(stream, because: reason, at: now)
        follow(at: now)
    }

    /// Takes a datagram that is free of a relay's wrapping.
    private mutating func take(
        _ datagram: inout [UInt8], from remote: SocketAddress, on local: SocketAddress, at now: Instant
    ) {
        switch DatagramKind(datagram.span) {
        case .stun:
            ice?.handle(datagram.span, from: remote, on: local, at: now)
            follow(at: now)
        case .dtls:
            guard isValidated(remote) else { return }
            guard dtls != nil else {
                // The peer has our offer, but its answer is still on its way: a second would pass till it asks again.
                if !earlyHandshake.push(swapping: &datagram, tag: ()) { counters.earlyPackets += 1 }
                return
            }
            dtls?.handle(datagram.span, at: now)
            follow(at: now)
        case .rtp:
            guard isValidated(remote), unprotect(&datagram, as: .rtp, at: now) else { return }
            receiveRTP(&datagram, at: now)
        case .rtcp:
            guard isValidated(remote), unprotect(&datagram, as: .rtcp, at: now) else { return }
            receiveRTCP(datagram.span, at: now)
        case .turnChannel, .unknown:
            counters.unknownDatagrams += 1
        }
    }

    private mutating func isValidated(_ remote: SocketAddress) -> Bool {
        if ice?.isValidated(remote: remote) == true { return true }
        counters.unvalidatedDatagrams += 1
        return false
    }

    private mutating func unprotect(_ datagram: inout [UInt8], as kind: MediaDatagram, at now: Instant) -> Bool {
        guard inbound != nil else {
            counters.earlyPackets += 1
            return false
        }
        do {
            switch kind {
            case .rtp: try inbound?.unprotectRTP(&datagram)
            case .rtcp: try inbound?.unprotectRTCP(&datagram)
            }
            // Only who reports several times a second can be missed so soon.
            if pulse.beat(at: now), transport.congestion.hasFeedback { renewPictures() }
            return true
        } catch {
            counters.unprotectFailures += 1
            return false
        }
    }

    /// What was sent while the path was dead is lost: the next pictures must not refer to it.
    private mutating func renewPictures() {
        for index in videoSenders.indices where videoSenders[index].isActive {
            videoSenders[index].sender.breakChain()
        }
    }

    // MARK: - Out

    /// The next datagram to send; its bytes are swapped into `datagram`, whose old content is lost.
    public mutating func pollTransmit(into datagram: inout [UInt8]) -> Transmit? {
        // At the end the farewell to the streams goes before that to the association, which ends all, and that to a TURN
        // server last.
        if state != .closed, let route = ice?.pollTransmit(into: &datagram) { return sent(datagram.count, route) }
        // Before there is a pair the handshake waits; afterwards everything goes over it.
        if let path {
            if state != .closed, let route = pollHandshake(into: &datagram, on: path) { return route }
            while let kind = plain.pop(swapping: &datagram) {
                guard protect(&datagram, as: kind), let route = wrap(&datagram, on: path) else { continue }
                return route
            }
            if let route = pollHandshake(into: &datagram, on: path) { return route }
        }
        if state == .closed, let route = ice?.pollTransmit(into: &datagram) { return sent(datagram.count, route) }
        return nil
    }

    private mutating func pollHandshake(into datagram: inout [UInt8], on path: Transmit) -> Transmit? {
        while dtls?.pollTransmit(into: &datagram) == true {
            if let route = wrap(&datagram, on: path) { return route }
        }
        return nil
    }

    /// Nil: the path goes through a relay that is gone, and so is the datagram.
    private mutating func wrap(_ datagram: inout [UInt8], on path: Transmit) -> Transmit? {
        guard let route = ice?.wrap(&datagram, from: path.local, to: path.remote) else { return nil }
        return sent(datagram.count, route)
    }

    private mutating func sent(_ bytes: Int, _ route: ICEAgent.Transmit) -> Transmit {
        counters.datagramsSent += 1
        counters.bytesSent += UInt64(bytes)
        return Transmit(route)
    }

    private mutating func protect(_ datagram: inout [UInt8], as kind: MediaDatagram) -> Bool {
        guard outbound != nil else { return false }
        do {
            switch kind {
            case .rtp: try outbound?.protectRTP(&datagram)
            case .rtcp: try outbound?.protectRTCP(&datagram)
            }
            return true
        } catch {
            counters.protectFailures += 1
            return false
        }
    }
}
