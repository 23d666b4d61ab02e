import Base
import DTLS
import ICE
import RTP
import SDP
import Testing

@testable import WebRTC

@Suite struct ConnectionTests {
    @Test func aSTUNServerThatDoesNotAnswerIsTheShellsToTell() throws {
        let server = SocketAddress(ip: .v4(0xC633_6401), port: 3478)
        var now = Instant(nanoseconds: 1_000_000_000)
        var peer = PeerConnection(
            PeerConnection.Configuration(
                certificate: VirtualCall.certificates.0, stunServers: [server], seed: 1,
                iceEntropy: Array(1...24), cname: "a", wallTime: UTCTime(seconds: 1_800_000_000), wallTimeAt: now),
            at: now)
        _ = peer.addTransceiver(.audio, direction: .sendonly)
        let offer = try peer.createOffer(at: now)
        try peer.setLocalDescription(offer, at: now)
        peer.addLocalSocket(SocketAddress(ip: .v4(0xC000_0201), port: 5000), at: now)
        peer.endOfLocalSockets(at: now)
        var told: [PeerConnection.NetworkEvent] = []
        while let deadline = peer.nextDeadline, deadline < Instant(nanoseconds: 8_000_000_000) {
            now = max(now, deadline)
            peer.handleTimeout(at: now)
            while let event = peer.pollNetworkEvent() { told.append(event) }
        }
        #expect(told == [.stunServerSilent(server)])
    }

    @Test func connectsAndCarriesAudioAndVideoBothWays() throws {
        var call = try VirtualCall.connected(seed: 1)
        call.play(for: .seconds(2))
        call.run(for: .milliseconds(500))
        #expect(call.far.audio.map(\.number) == Array(0..<100))
        #expect(call.near.audio.map(\.number) == Array(0..<100))
        #expect(call.far.frames.map(\.number) == Array(stride(from: 0, to: 100, by: 2)))
        #expect(call.near.frames.map(\.number) == Array(stride(from: 0, to: 100, by: 2)))
        #expect(call.far.frames.first?.frame.isKeyFrame == true)
        // Sender reports have come: both streams know their sender's clock, and agree on it.
        let sound = try #require(call.far.audio.last?.packet.captureTime)
        let picture = try #require(call.far.frames.last?.frame.captureTime)
        #expect(abs(sound - picture - 20_000_000) < 1_000_000)
        #expect(call.near.states == [.connecting, .connected])
        #expect(call.far.states == [.connecting, .connected])
    }

    @Test func theOffererControlsAndTheAnswererStartsTheHandshake() throws {
        let call = try VirtualCall.connected(seed: 2)
        let near = call.near.peer.statistics(at: call.now).transport
        let far = call.far.peer.statistics(at: call.now).transport
        #expect(near.iceRole == .controlling && near.dtlsRole == .server)
        #expect(far.iceRole == .controlled && far.dtlsRole == .client)
    }

    @Test func connectsWithTheOffererAsClientOfTheHandshake() throws {
        var call = VirtualCall(seed: 3)
        call.addMedia()
        let offer = try call.near.peer.createOffer(at: call.now)
        try call.near.peer.setLocalDescription(offer, at: call.now)
        let text = offer.sdp.replacing("a=setup:actpass", with: "a=setup:active")
        try call.far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: text), at: call.now)
        let answer = try call.far.peer.createAnswer(at: call.now)
        try call.far.peer.setLocalDescription(answer, at: call.now)
        try call.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: call.now)
        call.openSockets()
        call.connect()
        call.play(for: .milliseconds(200))
        #expect(call.near.peer.statistics(at: call.now).transport.dtlsRole == .client)
        #expect(!call.near.audio.isEmpty && !call.far.audio.isEmpty)
    }

    @Test func connectsWhenTheOtherEndOffers() throws {
        var call = VirtualCall(seed: 4)
        call.addMedia()
        try call.negotiateFromFar()
        call.openSockets()
        call.connect()
        #expect(call.near.peer.statistics(at: call.now).transport.iceRole == .controlled)
        call.play(for: .milliseconds(200))
        #expect(!call.near.frames.isEmpty && !call.far.frames.isEmpty)
    }

    @Test func connectsWithoutTrickle() throws {
        var call = VirtualCall(seed: 5)
        call.trickles = false
        call.addMedia()
        call.openSockets()
        try call.near.peer.setLocalDescription(call.near.peer.createOffer(at: call.now), at: call.now)
        call.drain()
        let described = call.near.peer.localDescription
        let offer = try #require(described)
        #expect(offer.sdp.contains("a=candidate:") && offer.sdp.contains("a=end-of-candidates"))
        try call.far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: call.now)
        try call.far.peer.setLocalDescription(call.far.peer.createAnswer(at: call.now), at: call.now)
        call.drain()
        let answered = call.far.peer.localDescription
        let answer = try #require(answered)
        try call.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: call.now)
        call.connect()
    }

    @Test func keepsCandidatesThatComeBeforeTheirDescription() throws {
        var call = VirtualCall(seed: 6)
        call.trickles = false
        call.addMedia()
        call.openSockets()
        let offer = try call.near.peer.createOffer(at: call.now)
        try call.near.peer.setLocalDescription(offer, at: call.now)
        call.drain()
        // The candidates overtake the offer, and then the answer.
        for line in call.near.heldCandidates { call.far.peer.addRemoteCandidate(line, at: call.now) }
        try call.far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: call.now)
        let answer = try call.far.peer.createAnswer(at: call.now)
        try call.far.peer.setLocalDescription(answer, at: call.now)
        call.drain()
        for line in call.far.heldCandidates { call.near.peer.addRemoteCandidate(line, at: call.now) }
        try call.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: call.now)
        call.connect()
        #expect(call.near.heldCandidates.contains { $0 == nil })
    }

    @Test func takesTheOthersOfferAfterRollingItsOwnBack() throws {
        var call = VirtualCall(seed: 7)
        call.addMedia()
        try call.near.peer.setLocalDescription(call.near.peer.createOffer(at: call.now), at: call.now)
        try call.near.peer.setLocalDescription(.rollback, at: call.now)
        try call.negotiateFromFar()
        call.openSockets()
        call.connect()
        call.play(for: .milliseconds(200))
        #expect(!call.near.audio.isEmpty && !call.far.audio.isEmpty)
    }

    /// Chrome sends its ClientHello over any pair that works, nominated or not: the answer may still be on its way.
    @Test func keepsTheHandshakeThatComesBeforeTheAnswer() throws {
        var call = VirtualCall(seed: 8)
        call.addMedia()
        let offer = try call.near.peer.createOffer(at: call.now)
        try call.near.peer.setLocalDescription(offer, at: call.now)
        try call.far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: call.now)
        let answer = try call.far.peer.createAnswer(at: call.now)
        try call.far.peer.setLocalDescription(answer, at: call.now)
        call.openSockets()
        call.run(for: .milliseconds(200))
        call.far.peer.dtls?.start(at: call.now)
        var bytes: [UInt8] = []
        var flights = 0
        while call.far.peer.dtls?.pollTransmit(into: &bytes) == true {
            call.near.peer.receive(&bytes, from: call.far.address, on: call.near.address, at: call.now)
            flights += 1
        }
        #expect(flights > 0)
        let counters = call.near.peer.statistics(at: call.now).counters
        #expect(counters.unvalidatedDatagrams == 0 && counters.earlyPackets == 0)
        try call.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: call.now)
        // Without it the client's timer would have to run out first: 400 ms.
        call.connect(within: .milliseconds(350))
    }

    @Test func eachSessionHasCredentialsOfItsOwn() throws {
        var call = try VirtualCall.connected(seed: 9)
        var seen: Set<String> = []
        for _ in 0..<3 {
            let offer = try call.near.peer.createOffer(restartICE: true, at: call.now)
            for line in offer.sdp.split(separator: "\r\n") where line.hasPrefix("a=ice-pwd:") {
                seen.insert(String(line))
            }
        }
        #expect(seen.count == 3)
    }
}
