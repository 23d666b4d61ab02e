import AudioPipeline
import Base
import Media
import Testing
import WebRTC

extension InteropTests {
    /// Through a relay that drops.
    @Suite("Loss")
    struct Loss {
        @Test(arguments: ForeignPeer.Engine.allCases)
        func retransmissionCoversFivePercent(_ engine: ForeignPeer.Engine) async throws {
            let scenario = InteropCall.Scenario(engine, weOffer: true) {
                $0.relay = { _, content, random in
                    content != .other && Int.random(in: 0..<100, using: &random) < 5
                }
            }
            let call = try await InteropCall(scenario)
            try await call.flow(pictures: 60, soundSeconds: 4)
            // Before the peer stops sending: what is invented then is not the loss's doing.
            let playout = call.room.playout
            let statistics = try await call.statistics()
            let (room, peer) = try await call.finish()
            note("loss \(engine)", call, room, peer)
            let fromPeer = try #require(call.relay?.counts(.fromPeer))
            #expect(fromPeer.dropped > 10)
            // Here.
            let video = try #require(statistics.inbound.first { $0.kind == .video })
            #expect(video.nackCount > 0)
            #expect(video.retransmittedPacketsReceived > 0)
            #expect(room.decodingErrors == 0)
            #expect(room.longestGap < .milliseconds(800))
            // 20 ms for each loss, and 100 ms for stalls of a busy machine.
            let lost = try #require(statistics.inbound.first { $0.kind == .audio }).packetsLost
            #expect(Int64(playout.concealedSamples) <= lost * 960 + 4800, "\(lost) lost: \(playout)")
            // There.
            let sent = try #require(statistics.outbound.first { $0.kind == .video })
            #expect(sent.nackCount > 0)
            #expect(sent.retransmittedPacketsSent > 0)
            #expect(peer.frames * 10 >= room.sentPictures * 8, "\(peer.frames) of \(room.sentPictures)")
        }

        /// Chrome puts error correction into speech once our receiver reports tell it of losses.
        @Test func errorCorrectionBringsBackLostSpeech() async throws {
            let scenario = InteropCall.Scenario(.chrome, weOffer: true) {
                $0.room.sendsVideo = false
                $0.weReceive = ["audio"]
                $0.peer.video = nil
                $0.peer.receives = ["audio"]
                $0.peer.speaks = true
                $0.relay = { _, content, random in
                    content == .rtp(payloadType: 111) && Int.random(in: 0..<100, using: &random) < 10
                }
            }
            let call = try await InteropCall(scenario)
            try await call.flow()
            // Each side loses packets of its own; so many that what is said of them below is no chance.
            try await eventually(
                "both sides recover lost packets", within: .seconds(30), otherwise: { await call.diagnosis() }
            ) {
                guard call.room.record.playout.recoveredPackets >= 5 else { return false }
                let report = try await call.peer.statistics()
                return report.number("packets_lost", "inbound-rtp", kind: "audio") ?? 0 > 20
            }
            let sentTo = call.relay?.counts(.toPeer)
            let (room, peer) = try await call.finish()
            note("speech with 10 % loss", call, room, peer)
            #expect(peer.number("packets_lost", "inbound-rtp", kind: "audio") ?? 0 > 20, "\(sentTo ?? .init())")
            // 20 ms for each loss, were it not for the correction.
            let lost = peer.number("packets_lost", "inbound-rtp", kind: "audio") ?? 0
            let concealed = peer.number("concealed_samples", "inbound-rtp", kind: "audio") ?? 0
            #expect(concealed < lost * 960 * 0.7, "\(concealed) samples for \(lost) packets")
        }

        /// Without retransmissions a hole in the picture can only be mended by a key frame.
        @Test func chromeAsksForAKeyFrameWhenRetransmissionsAreLost() async throws {
            let scenario = InteropCall.Scenario(.chrome, weOffer: true) { $0.relay = { _, _, _ in false } }
            let call = try await InteropCall(scenario)
            try await call.flow(pictures: 5, soundSeconds: 0.2)
            let sent = call.room.record.sentKeyFrames
            let relay = try #require(call.relay)
            let until = MonotonicClock.now + .milliseconds(150)
            relay.setRule { direction, content, _ in
                guard direction == .toPeer, case .rtp(let payloadType) = content else { return false }
                return payloadType == 97 || (payloadType == 96 && MonotonicClock.now < until)
            }
            try await eventually("our encoder makes a key frame", otherwise: { await call.diagnosis() }) {
                call.room.record.sentKeyFrames > sent
            }
            let before = try await call.peer.statistics().frames
            try await eventually("pictures come again", within: .seconds(5), otherwise: { await call.diagnosis() }) {
                try await call.peer.statistics().frames > before + 5
            }
            _ = try await call.finish()
        }
    }
}

extension RoomEnd.Received {
    /// Between two decoded pictures.
    var longestGap: Duration {
        zip(pictures, pictures.dropFirst()).map { $1.at - $0.at }.max() ?? .zero
    }
}
