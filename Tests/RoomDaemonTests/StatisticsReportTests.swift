import AudioPipeline
import Base
import Compositor
import ControlAPI
import DTLS
import ICE
import JSON
import Media
import Meeting
import RTP
import Testing
import Transport

@testable import Conferencing
@testable import RoomDaemon
@testable import WebRTC

@Suite struct StatisticsReportTests {
    private let ada = ParticipantID("7")

    /// What a call of `seconds` has come to: 1 Mb/s and 30 frames a second each way, an eighth of the sound invented.
    private func sample(after seconds: Int64) -> StatisticsSample {
        let at = Instant(nanoseconds: seconds * 1_000_000_000)
        var sample = StatisticsSample(
            at: at, process: ProcessUsage(cpu: .milliseconds(250 * seconds), memory: 64 << 20))
        sample.conference.publisher = connection(at, outbound: [outbound(seconds)])
        sample.conference.subscriber = connection(at, inbound: [inbound(.audio, seconds), inbound(.video, seconds)])
        sample.conference.tracks = [
            TransceiverID(0): .init(participant: ada, kind: .audio),
            TransceiverID(1): .init(participant: ada, kind: .video),
        ]
        var encoding = VideoEncoding.Statistics()
        (encoding.width, encoding.height) = (1280, 720)
        encoding.encode.record(.milliseconds(6))
        encoding.skipped = 2
        (sample.framesOverrun, sample.deadlinesMissed) = (3, 4)
        sample.encoding = encoding
        var decoding = VideoDecoding.Statistics()
        (decoding.frames, decoding.width, decoding.height) = (UInt64(30 * seconds), 640, 360)
        (decoding.freezes, decoding.totalFreezesDuration) = (2, .milliseconds(901))
        decoding.longestFreeze = .milliseconds(700)
        for _ in 0..<30 * seconds { decoding.decode.record(.milliseconds(2)) }
        sample.decoding = [.camera("7"): decoding]
        var playout = PlayoutStatistics()
        (playout.samples, playout.concealedSamples) = (UInt64(48_000 * seconds), UInt64(6000 * seconds))
        (playout.latePackets, playout.overflowedPackets) = (5, 1)
        sample.playout = [ada: .init(statistics: playout, depth: .milliseconds(40))]
        for _ in 0..<seconds { sample.transport.audioSend.record(.microseconds(300)) }
        sample.pictures.receive.record(.milliseconds(7))
        sample.playoutDelays.record(.milliseconds(45))
        sample.buffers = [
            BufferDepth("decode", depth: 1, capacity: 60, dropped: 2), BufferDepth("decode", depth: 5, capacity: 60),
        ]
        return sample
    }

    private func connection(
        _ at: Instant, outbound: [OutboundStreamStatistics] = [], inbound: [InboundStreamStatistics] = []
    ) -> PeerConnectionStatistics {
        var counters = PeerConnectionCounters()
        (counters.unvalidatedDatagrams, counters.unprotectFailures) = (11, 12)
        var ice = ICEStatistics()
        (ice.malformedDatagrams, ice.unauthenticatedRequests, ice.unmatchedResponses) = (5, 20, 5)
        return PeerConnectionStatistics(
            at: at,
            transport: .init(
                state: .connected, iceState: .connected, iceRole: .controlling, selectedPair: nil,
                currentRoundTripTime: .milliseconds(12), dtlsRole: .client, srtpProfile: .aeadAES128GCM, packetsSent: 1,
                packetsReceived: 2, bytesSent: 3, bytesReceived: 4, availableOutgoingBitrate: 1_280_000,
                availableIncomingBitrate: nil, outgoingLossRate: 0.01, pacerDelay: .zero, ice: ice),
            outbound: outbound, inbound: inbound, counters: counters)
    }

    private func outbound(_ seconds: Int64) -> OutboundStreamStatistics {
        OutboundStreamStatistics(
            transceiver: TransceiverID(1), kind: .video, codec: .vp8, payloadType: PayloadType(96), ssrc: SSRC(1),
            retransmissionSSRC: nil, packetsSent: UInt64(100 * seconds), bytesSent: UInt64(125_000 * seconds),
            retransmittedPacketsSent: 3, framesSent: UInt64(30 * seconds), keyFramesSent: 1, framesDropped: 0,
            nackCount: 2,
            pliCount: 1, firCount: 0,
            remote: .init(
                at: .zero, fractionLost: 0.25, packetsLost: 9, jitter: .milliseconds(3),
                roundTripTime: .milliseconds(20), reports: 5))
    }

    private func inbound(_ kind: MediaKind, _ seconds: Int64) -> InboundStreamStatistics {
        InboundStreamStatistics(
            transceiver: TransceiverID(kind == .audio ? 0 : 1), kind: kind, codec: kind == .audio ? .opus : .vp8,
            payloadType: PayloadType(100), ssrc: SSRC(kind == .audio ? 2 : 3), packetsReceived: 90 * seconds,
            packetsLost: 10 * seconds, bytesReceived: 125_000 * seconds, jitter: .milliseconds(4),
            retransmittedPacketsReceived: 0, copiedPacketsReceived: 0, packetsDiscarded: 0, framesReceived: 0,
            keyFramesReceived: 0,
            packetsDropped: 0,
            jitterBufferPackets: 0, retransmissionsRequested: 0, nackCount: 0, pliCount: 0, firCount: 0)
    }

    @Test func ratesAreThoseBetweenTheSamples() throws {
        let report = StatisticsReport(now: sample(after: 12), before: sample(after: 10), uptime: .seconds(12)).json
        #expect(report["process"]?["cpu"] == .number(25))
        #expect(report["process"]?["memory"] == .integer(64 << 20))
        #expect(report["audio"]?["deadlinesMissed"] == .integer(4))
        #expect(report["publish"]?["roundTrip"] == .number(0.012))
        #expect(
            report["publish"]?["refused"]
                == ["unvalidated": 11, "unknown": 0, "unauthenticated": 12, "malformed": 0, "stun": 30])
        guard case .array(let sent) = report["outbound"], let video = sent.first, sent.count == 1 else {
            Issue.record("expected one stream that is sent: \(report.text)")
            return
        }
        #expect(video["bitrate"] == .integer(1_000_000) && video["frameRate"] == .number(30))
        #expect(video["width"] == .integer(1280) && video["height"] == .integer(720))
        #expect(video["framesDropped"] == .integer(5))
        #expect(video["loss"] == .number(0.25) && video["roundTrip"] == .number(0.02))
        guard case .array(let received) = report["inbound"], received.count == 2 else {
            Issue.record("expected two streams that are received: \(report.text)")
            return
        }
        #expect(received.allSatisfy { $0["participant"] == "7" && $0["loss"] == .number(0.1) })
        let (sound, picture) = (received[0], received[1])
        #expect(sound["kind"] == "audio" && sound["concealed"] == .number(0.125))
        #expect(sound["bufferDelay"] == .number(0.04) && sound["packetsDiscarded"] == .integer(6))
        #expect(picture["width"] == .integer(640) && picture["frameRate"] == .number(30))
        #expect(picture["decodeLatency"] == .number(0.002))
        #expect(picture["freezes"] == .integer(2) && picture["totalFreezesDuration"] == .number(0.901))
        #expect(picture["longestFreeze"] == .number(0.7))
        #expect(picture["copies"] == .integer(1) && picture["copiedPacketsReceived"] == .integer(0))
        #expect(sound["totalSamplesReceived"] == .integer(576_000) && sound["concealedSamples"] == .integer(72_000))
        #expect(report["buffers"]?["decode"] == ["depth": 5, "capacity": 60, "dropped": 2])
        #expect(report["stages"]?["audioSend"]?["count"] == .integer(12))
        #expect(report["stages"]?["audioJitter"]?["longest"] == .number(0.045))
        #expect(report["stages"]?["receive"]?["median"] == .number(0.007))
    }

    @Test func whatIsAnsweredFitsItsSchema() {
        let idle = StatisticsSample(at: .zero, process: .current())
        let reports = [
            StatisticsReport(now: sample(after: 3), before: sample(after: 1), uptime: .seconds(3)),
            StatisticsReport(now: sample(after: 3), before: nil, uptime: .seconds(3)),
            // Of a connection that was made anew, counters go back.
            StatisticsReport(now: sample(after: 1), before: sample(after: 3), uptime: .seconds(3)),
            StatisticsReport(now: idle, before: nil, uptime: .zero),
        ]
        for report in reports {
            #expect(throws: Never.self) { try StatisticsSchema.result.validate(report.json) }
        }
    }

    @Test func allStagesAreTimed() {
        var sample = sample(after: 1)
        sample.display = DisplayDriver.Statistics()
        #expect(
            sample.stages.map { "\($0.name) \($0.kind)" } == [
                "capture video", "encode video", "send video", "send audio", "receive video", "jitter video",
                "jitter audio", "decode video", "compose video", "flip video",
            ])
    }

    @Test func theProcessKnowsWhatItUses() {
        let usage = ProcessUsage.current()
        #expect(usage.descriptors >= 3 && usage.threads >= 1)
        #expect(usage.memory > 1 << 20 && usage.cpu > .zero)
    }
}
