public import Base
import DTLS
import ICE
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
            guard isValidated(remote), unprotect(&datagram, as: .rtp) else { return }
            receiveRTP(&datagram, at: now)
        case .rtcp:
            guard isValidated(remote), unprotect(&datagram, as: .rtcp) else { return }
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

    private mutating func unprotect(_ datagram: inout [UInt8], as kind: MediaDatagram) -> Bool {
        guard inbound != nil else {
            counters.earlyPackets += 1
            return false
        }
        do {
            switch kind {
            case .rtp: try inbound?.unprotectRTP(&datagram)
            case .rtcp: try inbound?.unprotectRTCP(&datagram)
            }
            return true
        } catch {
            counters.unprotectFailures += 1
            return false
        }
    }

    // MARK: - Out

    /// The next datagram to send; its bytes are swapped into `datagram`, whose old content is lost.
    public mutating func pollTransmit(into datagram: inout [UInt8]) -> Transmit? {
        if let route = ice?.pollTransmit(into: &datagram) {
            return sent(datagram.count, Transmit(local: route.local, remote: route.remote))
        }
        // Before there is a pair the handshake waits; afterwards everything goes over it.
        guard let path else { return nil }
        // At the end the farewell to the streams goes before that to the association, which ends all.
        if state != .closed, dtls?.pollTransmit(into: &datagram) == true { return sent(datagram.count, path) }
        while let kind = plain.pop(swapping: &datagram) {
            guard protect(&datagram, as: kind) else { continue }
            return sent(datagram.count, path)
        }
        if dtls?.pollTransmit(into: &datagram) == true { return sent(datagram.count, path) }
        return nil
    }

    private mutating func sent(_ bytes: Int, _ route: Transmit) -> Transmit {
        counters.datagramsSent += 1
        counters.bytesSent += UInt64(bytes)
        return route
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
