import Base
import DTLS
import ICE
import RTP
import Testing
import WebRTC

@Suite struct StatisticsTests {
    @Test func countWhatBothEndsDid() throws {
        var call = try VirtualCall.connected(seed: 1)
        call.conditions = LinkConditions(loss: 0.05, delay: .milliseconds(20) ... .milliseconds(30))
        call.play(for: .seconds(8))
        call.conditions.loss = 0
        call.play(for: .seconds(2))
        call.run(for: .milliseconds(200))
        let near = call.near.peer.statistics(at: call.now)
        let far = call.far.peer.statistics(at: call.now)
        #expect(near.transport.state == .connected && near.transport.srtpProfile != nil)
        #expect(near.transport.selectedPair?.remote == call.far.address)
        let roundTrip = try #require(near.transport.currentRoundTripTime)
        #expect(roundTrip >= .milliseconds(20) && roundTrip <= .milliseconds(61))
        #expect(near.transport.packetsSent > 500 && near.transport.bytesReceived > 50_000)
        #expect(near.transport.availableOutgoingBitrate > 0)

        let (audio, video) = (near.outbound[0], near.outbound[1])
        #expect(audio.codec == .opus && video.codec == .vp8)
        #expect(audio.packetsSent == 500 && audio.bytesSent == 2500)
        #expect(video.framesSent == 250 && video.keyFramesSent >= 1)
        #expect(video.retransmittedPacketsSent > 0 && video.nackCount > 0)
        for stream in near.outbound {
            let remote = try #require(stream.remote)
            #expect(remote.reports > 3 && call.now - remote.at < .seconds(3))
            let roundTrip = try #require(remote.roundTripTime)
            #expect(roundTrip >= .milliseconds(39) && roundTrip <= .milliseconds(62))
            #expect(remote.packetsLost > 0)
        }

        let (sound, picture) = (far.inbound[0], far.inbound[1])
        #expect(sound.ssrc == audio.ssrc && picture.ssrc == video.ssrc)
        #expect(sound.packetsReceived + sound.packetsLost == 500 && sound.packetsLost > 5)
        #expect(picture.packetsReceived + picture.packetsLost == Int64(video.packetsSent))
        #expect(sound.jitter > .zero && sound.jitter < .milliseconds(20))
        #expect(picture.framesReceived > 200 && picture.keyFramesReceived >= 1)
        #expect(picture.retransmittedPacketsReceived > 0 && picture.retransmissionsRequested > 0)
        #expect(picture.nackCount > 0 && picture.nackCount >= video.nackCount)
        #expect(picture.pliCount >= video.pliCount)
        #expect(picture.jitterBufferPackets == 0)
    }

    @Test func areThereBeforeAnythingElse() {
        let call = VirtualCall(seed: 2)
        let statistics = call.near.peer.statistics(at: call.now)
        #expect(statistics.transport.state == .new && statistics.transport.iceRole == nil)
        #expect(statistics.inbound.isEmpty && statistics.outbound.isEmpty)
    }
}
