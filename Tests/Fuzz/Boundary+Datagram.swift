import Base
import DTLS
import ICE
import SDP
import Synchronization

@testable import WebRTC

extension Boundary {
    private struct CheckingPeer: ~Copyable {
        var peer: PeerConnection
        let ice: ICEAgent?

        /// Offered, answered, and on its first checks: no address is validated.
        init() {
            do {
                let now = Fixtures.start
                var peer = Fixtures.peer(1)
                var far = Fixtures.peer(2)
                _ = peer.addTransceiver(.audio, direction: .sendrecv)
                let offer = try peer.createOffer(at: now)
                try peer.setLocalDescription(offer, at: now)
                try far.setRemoteDescription(offer, at: now)
                try peer.setRemoteDescription(far.createAnswer(at: now), at: now)
                peer.addLocalSocket(Fixtures.local, at: now)
                peer.addRemoteCandidate("candidate:1 1 udp 2130706431 10.0.0.2 5000 typ host", at: now)
                ConnectedPeer.drain(&peer, now)
                ice = peer.ice
                self.peer = peer
            } catch {
                fatalError("no connection: \(error)")
            }
        }
    }

    private static let checking = Mutex(CheckingPeer())

    /// Datagrams from addresses that no check has validated, to a connection that waits for them: nothing but STUN may
    /// get any further. Of the control byte bit 0 says whether they come from where the peer is expected.
    static func takeDatagrams(_ input: [UInt8]) throws(BrokenPromise) {
        try checking.withLock { (checking) throws(BrokenPromise) in
            checking.peer.ice = checking.ice
            checking.peer.counters = PeerConnectionCounters()
            var feed = Feed(input)
            var seen: UInt64 = 0
            while let (control, bytes) = feed.next() {
                seen += 1
                var datagram = bytes
                let source = control & 1 == 0 ? Fixtures.stranger : Fixtures.remote
                checking.peer.receive(&datagram, from: source, on: Fixtures.local, at: Fixtures.start)
                var out: [UInt8] = []
                while checking.peer.pollTransmit(into: &out) != nil {
                    try promise(out.first ?? 255 < 4, "an unknown address got more than STUN in return")
                }
                while let event = checking.peer.pollEvent() {
                    if case .stateChanged = event { throw BrokenPromise("rubbish changed the state: \(event)") }
                }
            }
            let counters = checking.peer.counters
            try promise(counters.datagramsReceived == seen, "\(counters.datagramsReceived) of \(seen) counted")
            let discarded = checking.peer.dtls?.discarded ?? 0
            try promise(discarded == 0, "DTLS saw \(discarded) datagrams of strangers")
            try promise(
                counters.earlyPackets == 0 && counters.unprotectFailures == 0, "SRTP saw strangers: \(counters)")
        }
    }
}
