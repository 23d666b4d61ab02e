import Base
import RTP
import SDP
import Testing

@testable import WebRTC

@Suite struct RenegotiationTests {
    /// Every packet of a gapless stream has come, in order.
    private func expectGapless(_ end: borrowing VirtualCall.End, _ location: SourceLocation = #_sourceLocation) {
        let numbers = end.audio.map(\.number)
        #expect(numbers == Array(0..<numbers.count), sourceLocation: location)
        let pictures = end.frames.map(\.number)
        #expect(pictures == Array(stride(from: 0, to: pictures.count * 2, by: 2)), sourceLocation: location)
    }

    /// As Janus does with a multistream subscription: the far end, an SFU, adds sections, silences them and uses them
    /// again, while everything else goes on.
    @Test func addsAndRemovesSectionsWhileMediaFlows() throws {
        var call = VirtualCall(seed: 1)
        call.far.pump.audio = call.far.peer.addTransceiver(.audio, direction: .sendonly)
        call.far.pump.video = call.far.peer.addTransceiver(.video, direction: .sendonly)
        try call.negotiateFromFar()
        call.openSockets()
        call.connect()
        call.play(for: .milliseconds(400))
        var second = MediaPump()
        second.audio = call.far.peer.addTransceiver(.audio, direction: .sendonly)
        second.video = call.far.peer.addTransceiver(.video, direction: .sendonly)
        try call.negotiateFromFar()
        #expect(call.near.peer.negotiatedMedia.count == 4)
        play(&call, with: &second, for: .milliseconds(400))
        try call.far.peer.setDirection(.inactive, of: #require(second.audio))
        try call.far.peer.setDirection(.inactive, of: #require(second.video))
        try call.negotiateFromFar()
        #expect(call.near.peer.statistics(at: call.now).inbound.count == 2)
        play(&call, with: &second, for: .milliseconds(200))
        try call.far.peer.setDirection(.sendonly, of: #require(second.audio))
        try call.far.peer.setDirection(.sendonly, of: #require(second.video))
        try call.negotiateFromFar()
        play(&call, with: &second, for: .milliseconds(400))
        call.run(for: .milliseconds(100))

        let first = try #require(call.near.peer.negotiatedMedia.first).transceiver
        let others = call.near.audio.filter { $0.packet.transceiver != first }.map(\.number)
        // Nothing while it was inactive, and all besides.
        #expect(others == Array(0..<20) + Array(30..<50))
        let restarts = call.near.audio.filter { $0.packet.isRestart }
        #expect(restarts.map(\.number) == [30])
        call.near.audio.removeAll { $0.packet.transceiver != first }
        let video = call.near.peer.negotiatedMedia[1].transceiver
        let again = call.near.frames.filter { $0.frame.transceiver != video && $0.number >= 20 }
        #expect(again.first?.frame.isKeyFrame == true)
        call.near.frames.removeAll { $0.frame.transceiver != video }
        expectGapless(call.near)
        #expect(call.near.audio.count == 70)
        #expect(call.near.stuckTimeouts + call.far.stuckTimeouts == 0)
    }

    private func play(_ call: inout VirtualCall, with second: inout MediaPump, for duration: Duration) {
        let end = call.now + duration
        var wantsKeyFrame = false
        while call.now < end {
            wantsKeyFrame = call.far.wantsKeyFrame || wantsKeyFrame
            call.far.pumpOnce(at: call.now)
            second.tick(&call.far.peer, wantsKeyFrame: &wantsKeyFrame, at: call.now)
            call.run(for: MediaPump.tick)
        }
    }

    /// The same SSRC under the same key must never use a number twice.
    @Test func aStreamThatPausesGoesOnWithItsNumbers() throws {
        var call = try VirtualCall.connected(seed: 2)
        call.play(for: .milliseconds(400))
        let before = call.near.peer.statistics(at: call.now).outbound
        let audio = try #require(call.near.pump.audio)
        let video = try #require(call.near.pump.video)
        for id in [audio, video] { try call.near.peer.setDirection(.recvonly, of: id) }
        try call.negotiate()
        let refused = call.near.pump.refused
        call.play(for: .milliseconds(200))
        #expect(call.near.pump.refused == refused + 15)
        #expect(call.near.peer.statistics(at: call.now).outbound.map(\.packetsSent) == before.map(\.packetsSent))
        let last = try #require(call.near.peer.audioSenders.first?.sender.sent.packets)
        for id in [audio, video] { try call.near.peer.setDirection(.sendrecv, of: id) }
        call.near.events.removeAll()
        try call.negotiate()
        #expect(call.near.events.contains(.keyFrameRequested(video)))
        call.play(for: .milliseconds(400))
        call.run(for: .milliseconds(50))
        let after = call.near.peer.statistics(at: call.now).outbound
        #expect(after.map(\.ssrc) == before.map(\.ssrc))
        #expect(after[0].packetsSent == UInt64(last) + 20)
        // At the far end the receiver is another one, but SRTP is not: what it takes was not sent before.
        #expect(call.far.peer.statistics(at: call.now).counters.unprotectFailures == 0)
        #expect(call.far.audio.map(\.number) == Array(0..<20) + Array(30..<50))
        #expect(call.far.frames.last?.number == 48)
        expectGapless(call.near)
    }

    @Test func restartsICEWhileMediaFlows() throws {
        var call = try VirtualCall.connected(seed: 3)
        call.play(for: .milliseconds(300))
        try call.negotiate(restartICE: true)
        call.play(for: .milliseconds(600))
        try call.negotiateFromFar(restartICE: true)
        call.play(for: .milliseconds(600))
        call.run(for: .milliseconds(100))
        expectGapless(call.near)
        expectGapless(call.far)
        #expect(call.near.audio.count == 75 && call.far.audio.count == 75)
        // Longer than a session without a way would be waited for.
        call.run(for: .seconds(50))
        #expect(call.near.states == [.connecting, .connected] && call.far.states == [.connecting, .connected])
    }

    @Test func aRestartThatIsRolledBackLeavesTheCallAsItWas() throws {
        var call = try VirtualCall.connected(seed: 4)
        call.play(for: .milliseconds(100))
        try call.near.peer.setLocalDescription(
            call.near.peer.createOffer(restartICE: true, at: call.now), at: call.now)
        call.play(for: .milliseconds(300))
        try call.near.peer.setLocalDescription(.rollback, at: call.now)
        call.play(for: .seconds(20))
        call.run(for: .milliseconds(100))
        expectGapless(call.near)
        expectGapless(call.far)
        #expect(call.near.states == [.connecting, .connected] && call.far.states == [.connecting, .connected])
    }

    /// The offer is out, the answer under way: its media may overtake it, and belongs to nobody yet.
    @Test func mediaOfASectionWhoseAnswerHasNotComeDisturbsNoOther() throws {
        var call = try VirtualCall.connected(seed: 5)
        call.play(for: .milliseconds(200))
        _ = call.near.peer.addTransceiver(.audio, direction: .recvonly)
        _ = call.near.peer.addTransceiver(.video, direction: .recvonly)
        var second = MediaPump()
        second.audio = call.far.peer.addTransceiver(.audio, direction: .sendonly)
        second.video = call.far.peer.addTransceiver(.video, direction: .sendonly)
        let offer = try call.near.peer.createOffer(at: call.now)
        try call.near.peer.setLocalDescription(offer, at: call.now)
        try call.far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: call.now)
        let answer = try call.far.peer.createAnswer(at: call.now)
        try call.far.peer.setLocalDescription(answer, at: call.now)
        play(&call, with: &second, for: .milliseconds(200))
        #expect(call.near.peer.statistics(at: call.now).counters.unroutablePackets > 10)
        try call.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: call.now)
        play(&call, with: &second, for: .seconds(1))
        call.run(for: .milliseconds(100))
        let (audio, video) = try (#require(call.near.pump.audio), #require(call.near.pump.video))
        #expect(call.near.audio.contains { $0.packet.transceiver != audio })
        #expect(call.near.frames.contains { $0.frame.transceiver != video })
        call.near.audio.removeAll { $0.packet.transceiver != audio }
        call.near.frames.removeAll { $0.frame.transceiver != video }
        expectGapless(call.near)
    }

    /// Padding needs a retransmission stream: without one, a probe would find nothing to send.
    @Test func probesOnlyWhereAStreamCanCarryPadding() throws {
        var call = VirtualCall(seed: 31)
        call.addMedia()
        #expect(!call.near.peer.transport.canProbe)
        try call.negotiate()
        #expect(call.near.peer.transport.canProbe && call.far.peer.transport.canProbe)

        var plain = VirtualCall(seed: 32)
        plain.addMedia()
        let offer = try plain.near.peer.createOffer(at: plain.now)
        try plain.near.peer.setLocalDescription(offer, at: plain.now)
        try plain.far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: plain.now)
        let answer = try plain.far.peer.createAnswer(at: plain.now).sdp
        let withoutRTX = answer.split(separator: "\r\n").filter { !$0.contains("rtx/90000") && !$0.contains("apt=") }
            .map { $0.replacing(" 96 97", with: " 96") + "\r\n" }.joined()
        try plain.near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: withoutRTX), at: plain.now)
        #expect(!plain.near.peer.transport.canProbe)

        var sound = VirtualCall(seed: 33)
        sound.near.pump.audio = sound.near.peer.addTransceiver(.audio, direction: .sendrecv)
        sound.far.pump.audio = sound.far.peer.addTransceiver(.audio, direction: .sendrecv)
        try sound.negotiate()
        #expect(!sound.near.peer.transport.canProbe)
    }
}
