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

    @Test func whatIsSentIsToldWhenItsLastPacketHasLeft() throws {
        var call = try VirtualCall.connected(seed: 3)
        call.play(for: .seconds(1))
        call.run(for: .seconds(1))
        let before = call.near.peer.pollSent()
        #expect(before == nil, "nobody said when it was ready")
        let (audio, video) = (try #require(call.near.pump.audio), try #require(call.near.pump.video))
        let readyAt = call.now - .milliseconds(3)
        // More than the pacer lets out at once.
        let picture = MediaPump.head(isKeyFrame: true) + [UInt8](repeating: 0x5A, count: 60_000)
        let isPictureTaken = call.near.peer.sendVideo(
            picture.span, codec: .vp8, isKeyFrame: true, on: video, timestamp: 1_000_000, captureTime: call.now,
            readyAt: readyAt,
            at: call.now)
        let payload = MediaPump.payload(0)
        let isSoundTaken = call.near.peer.sendAudio(
            payload.span, on: audio, timestamp: 1_000_000, level: .silence, captureTime: call.now, readyAt: readyAt,
            at: call.now)
        #expect(isPictureTaken && isSoundTaken)
        let sound = call.near.peer.pollSent()
        #expect(sound?.kind == .audio && sound?.readyAt == readyAt)
        let early = call.near.peer.pollSent()
        #expect(early == nil, "the picture's end is still in the pacer")
        call.run(for: .seconds(2))
        let sent = call.near.peer.pollSent()
        #expect(sent?.kind == .video && sent?.readyAt == readyAt)
        let again = call.near.peer.pollSent()
        #expect(again == nil, "once for the whole picture")
        let came = try #require(call.far.frames.last?.frame)
        #expect(came.firstArrival < came.arrival, "its packets came one after the other")
    }

    @Test func tellHowFullEveryBufferIs() throws {
        var call = try VirtualCall.connected(seed: 4)
        call.play(for: .seconds(1))
        for peer in [call.near.peer.statistics(at: call.now), call.far.peer.statistics(at: call.now)] {
            let depths = BufferDepth.fullest(peer.buffers)
            #expect(depths.keys.contains("pacerVideo") && depths.keys.contains("datagrams"))
            #expect(depths.values.allSatisfy { $0.depth <= $0.capacity && $0.dropped == 0 })
        }
        let far = BufferDepth.fullest(call.far.peer.statistics(at: call.now).buffers)
        #expect(far["assembly"]?.capacity == 1024 && far["receivedAudio"]?.capacity == 128)
        #expect(call.near.peer.statistics(at: call.now).outbound.map(\.copies) == [1, 1])
        #expect(call.far.peer.statistics(at: call.now).inbound.map(\.copies) == [1, 1])
    }

    @Test func areThereBeforeAnythingElse() {
        let call = VirtualCall(seed: 2)
        let statistics = call.near.peer.statistics(at: call.now)
        #expect(statistics.transport.state == .new && statistics.transport.iceRole == nil)
        #expect(statistics.inbound.isEmpty && statistics.outbound.isEmpty)
    }
}
