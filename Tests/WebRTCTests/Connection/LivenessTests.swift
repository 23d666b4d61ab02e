import Base
import SDP
import Testing
import WebRTC

/// The network goes away, comes back or stays away; or the other end says goodbye.
@Suite struct LivenessTests {
    @Test func aPauseOfTheNetworkIsReportedAndSurvived() throws {
        var call = try VirtualCall.connected(seed: 1)
        call.play(for: .milliseconds(200))
        call.conditions.loss = 1
        call.run(for: .seconds(16)) { $0.near.peer.state == .disconnected && $0.far.peer.state == .disconnected }
        #expect(call.near.peer.state == .disconnected && call.far.peer.state == .disconnected)
        // Its consent still holds, so media goes on being sent (RFC 7675 §5.1).
        let refused = call.near.pump.refused
        call.play(for: .seconds(2))
        #expect(call.near.pump.refused == refused)
        call.conditions.loss = 0
        call.near.audio.removeAll()
        call.run(for: .seconds(6)) { $0.near.peer.state == .connected && $0.far.peer.state == .connected }
        #expect(call.near.states == [.connecting, .connected, .disconnected, .connected])
        #expect(call.far.states == [.connecting, .connected, .disconnected, .connected])
        call.play(for: .seconds(1))
        #expect(call.near.audio.count >= 49 && call.far.audio.count >= 49)
        #expect(call.near.stuckTimeouts + call.far.stuckTimeouts == 0)
    }

    @Test func afterConsentHasExpiredNothingLeavesUntilICERestarts() throws {
        var call = try VirtualCall.connected(seed: 2)
        call.play(for: .milliseconds(200))
        call.conditions.loss = 1
        call.run(for: .seconds(60))
        #expect(call.near.states == [.connecting, .connected, .disconnected, .failed])
        #expect(call.far.peer.state == .failed)
        #expect(call.near.failures.count == 1)
        #expect(call.near.peer.nextDeadline == nil, "nothing is left to wait for")
        let sent = call.near.peer.statistics(at: call.now).transport.packetsSent
        call.play(for: .milliseconds(200))
        #expect(call.near.peer.statistics(at: call.now).transport.packetsSent == sent)

        call.conditions.loss = 0
        try call.negotiate(restartICE: true)
        call.connect()
        call.near.audio.removeAll()
        call.near.frames.removeAll()
        call.play(for: .seconds(2))
        #expect(call.near.audio.count >= 99)
        #expect(call.near.frames.count >= 25)
        #expect(call.near.states == [.connecting, .connected, .disconnected, .failed, .connecting, .connected])
    }

    @Test func closingTellsTheOtherEndOfStreamsAndConnection() throws {
        var call = try VirtualCall.connected(seed: 3)
        call.play(for: .milliseconds(500))
        call.run(for: .milliseconds(100))
        let pump = call.near.pump
        call.far.peer.close(at: call.now)
        call.run(for: .milliseconds(100))
        #expect(call.far.peer.state == .closed && call.near.peer.state == .closed)
        #expect(try call.near.events.contains(.streamEnded(#require(pump.audio))))
        #expect(try call.near.events.contains(.streamEnded(#require(pump.video))))
        #expect(call.near.events.last == .stateChanged(.closed))
        #expect(call.near.peer.nextDeadline == nil && call.far.peer.nextDeadline == nil)
        let refused = call.near.pump.refused
        call.play(for: .milliseconds(40))
        #expect(call.near.pump.refused == refused + 3)
        #expect(throws: PeerConnectionError.closed) { _ = try call.near.peer.createOffer(at: call.now) }
    }

    @Test func aFirstAnswerThatTakesNothingIsTheEnd() throws {
        var call = VirtualCall(seed: 6)
        call.addMedia()
        let offer = try call.near.peer.createOffer(at: call.now)
        try call.near.peer.setLocalDescription(offer, at: call.now)
        call.near.peer.addLocalSocket(call.near.address, at: call.now)
        call.near.peer.endOfLocalSockets(at: call.now)
        let refusal = """
            v=0\r
            o=- 1 1 IN IP4 127.0.0.1\r
            s=-\r
            t=0 0\r
            m=audio 0 UDP/TLS/RTP/SAVPF 111\r
            c=IN IP4 0.0.0.0\r
            a=mid:0\r
            m=video 0 UDP/TLS/RTP/SAVPF 96\r
            c=IN IP4 0.0.0.0\r
            a=mid:1\r

            """
        try call.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: refusal), at: call.now)
        call.run(for: .seconds(1))
        #expect(call.near.peer.state == .failed)
        #expect(call.near.failures.count == 1)
        #expect(call.near.peer.nextDeadline == nil, "nothing is left to wait for")
        // Another offer, with other transceivers, may be taken.
        call.addMedia()
        try call.negotiate()
        call.far.peer.addLocalSocket(call.far.address, at: call.now)
        call.far.peer.endOfLocalSockets(at: call.now)
        call.connect()
        #expect(call.near.failures.count == 1, "\(call.near.failures)")
    }

    @Test func closingBeforeAnythingHasHappenedIsHarmless() throws {
        var call = VirtualCall(seed: 4)
        call.addMedia()
        call.near.peer.close(at: call.now)
        #expect(call.near.peer.state == .closed)
        call = VirtualCall(seed: 5)
        call.addMedia()
        try call.negotiate()
        call.openSockets()
        call.near.peer.close(at: call.now)
        call.run(for: .seconds(1))
        #expect(call.near.peer.state == .closed)
        #expect(call.far.peer.state == .connecting)
    }
}
