import AudioPipeline
import Base
import Compositor
import ControlAPI
import ICE
import Meeting
import Metrics
import RTP
import Testing
import Transport

@testable import Conferencing
@testable import RoomDaemon
@testable import WebRTC

@Suite struct RoomMetricsTests {
    private static let secret = "Quarterly-figures"

    /// A receiving connection with one stream of sound.
    private func sample(after seconds: Int64, ssrc: UInt32, packets: Int64, lost: Int64 = 0) -> StatisticsSample {
        var sample = StatisticsSample(
            at: Instant(nanoseconds: seconds * 1_000_000_000), process: ProcessUsage(cpu: .seconds(2), memory: 1 << 20))
        sample.conference.subscriber = PeerConnectionStatistics(
            at: sample.at,
            transport: .init(
                state: .connected, iceState: .connected, iceRole: nil, selectedPair: nil, currentRoundTripTime: nil,
                dtlsRole: nil, srtpProfile: nil, packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0,
                availableOutgoingBitrate: 800_000, availableIncomingBitrate: nil, outgoingLossRate: 0,
                pacerDelay: .zero,
                ice: .init()), outbound: [],
            inbound: [
                InboundStreamStatistics(
                    transceiver: TransceiverID(0), kind: .audio, codec: .opus, payloadType: PayloadType(111),
                    ssrc: SSRC(ssrc), packetsReceived: packets, packetsLost: lost, bytesReceived: 100 * packets,
                    jitter: .zero, retransmittedPacketsReceived: 0, copiedPacketsReceived: 0, packetsDiscarded: 0,
                    framesReceived: 0, keyFramesReceived: 0, packetsDropped: 0, jitterBufferPackets: 0,
                    retransmissionsRequested: 0, nackCount: 0, pliCount: 0, firCount: 0)
            ], counters: .init())
        let participant = ParticipantID(Self.secret)
        sample.conference.tracks = [TransceiverID(0): .init(participant: participant, kind: .audio)]
        sample.playout = [participant: .init(statistics: PlayoutStatistics(), depth: .zero)]
        sample.decoding = [.camera(Self.secret): VideoDecoding.Statistics()]
        sample.room = RoomSummary(meeting: .joined, problems: ["camera.lost"])
        sample.buffers = [BufferDepth("decode", depth: 4, capacity: 60, dropped: 3)]
        return sample
    }

    private func text(
        _ sample: StatisticsSample, _ totals: StreamTotals, before: StatisticsSample? = nil
    ) -> [String] {
        PrometheusText.write(
            RoomMetrics(
                sample: sample, before: before, totals: totals, startedAt: UTCTime(seconds: 1_800_000_000)
            ).all
        ).split(separator: "\n").map(String.init)
    }

    @Test func everySampleStandsUnderItsNameAndNoNameTwice() {
        var totals = StreamTotals()
        let sample = sample(after: 1, ssrc: 1, packets: 10)
        totals.take(sample)
        var seen: Set<String> = []
        var current = ""
        var series: Set<Substring> = []
        for line in text(sample, totals) {
            if line.hasPrefix("# HELP ") {
                current = String(line.split(separator: " ")[2])
                #expect(seen.insert(current).inserted, "\(current) twice")
                #expect(line.hasSuffix("."), "\(line): a sentence")
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.split(separator: " ")
                #expect(parts[2] == current)
                #expect((parts[3] == "counter") == current.hasSuffix("_total"), "\(current) is a \(parts[3])")
            } else {
                let name = line.prefix { $0 != "{" && $0 != " " }
                let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) && !current.hasSuffix($0) }
                #expect(name.dropLast(base?.count ?? 0) == current[...], "\(line)")
                let (key, value) = (line[..<line.lastIndex(of: " ")!], line[line.lastIndex(of: " ")!...].dropFirst())
                #expect(series.insert(key).inserted, "\(key) twice")
                #expect(Double(value) != nil || value == "+Inf", "\(line)")
            }
        }
        #expect(seen.contains("roomd_stage_duration_seconds") && seen.contains("process_resident_memory_bytes"))
    }

    @Test func labelsTellNothingOfWhoMeetsWhom() {
        var totals = StreamTotals()
        let sample = sample(after: 1, ssrc: 1, packets: 10)
        totals.take(sample)
        let lines = text(sample, totals)
        #expect(lines.contains("roomd_stream_packets_total{direction=\"inbound\",kind=\"audio\"} 10"))
        #expect(lines.contains("roomd_meeting_state{state=\"joined\"} 1"))
        #expect(lines.contains("roomd_meeting_state{state=\"none\"} 0"))
        #expect(lines.contains("roomd_health_problem{code=\"camera.lost\"} 1"))
        #expect(lines.contains("roomd_connection_up{connection=\"receive\"} 1"))
        #expect(lines.contains("roomd_connection_up{connection=\"publish\"} 0"))
        #expect(lines.contains("roomd_connection_available_bytes_per_second{connection=\"receive\"} 100000"))
        #expect(lines.contains("roomd_buffer_depth{buffer=\"decode\"} 4"))
        #expect(!lines.contains { $0.contains(Self.secret) })
    }

    private func picture(_ place: Int, _ codec: Codec, jitter: Duration) -> InboundStreamStatistics {
        InboundStreamStatistics(
            transceiver: TransceiverID(place), kind: .video, codec: codec, payloadType: PayloadType(96),
            ssrc: SSRC(UInt32(10 + place)), packetsReceived: 1, packetsLost: 0, bytesReceived: 1, jitter: jitter,
            retransmittedPacketsReceived: 0, copiedPacketsReceived: 0, packetsDiscarded: 0, framesReceived: 0,
            keyFramesReceived: 0, packetsDropped: 0, jitterBufferPackets: 0, retransmissionsRequested: 0, nackCount: 0,
            pliCount: 0, firCount: 0)
    }

    /// Two participants with a picture each, and our own, after so many seconds at 25 pictures a second.
    private func call(after seconds: Int64) -> StatisticsSample {
        var sample = sample(after: seconds, ssrc: 1, packets: 10)
        sample.conference.subscriber?.inbound += [
            picture(3, .vp9, jitter: .milliseconds(4)), picture(7, .vp8, jitter: .zero),
        ]
        for (place, name) in [(3, Self.secret), (7, "other")] {
            sample.conference.tracks[TransceiverID(place)] = .init(participant: ParticipantID(name), kind: .video)
        }
        var decoding = VideoDecoding.Statistics()
        (decoding.frames, decoding.width, decoding.height) = (UInt64(25 * seconds), 640, 360)
        sample.decoding[.camera(Self.secret)] = decoding
        var encoding = VideoEncoding.Statistics()
        (encoding.width, encoding.height) = (1280, 720)
        sample.encoding = encoding
        sample.conference.publisher = sample.conference.subscriber
        sample.conference.publisher?.inbound = []
        sample.conference.publisher?.outbound = [
            OutboundStreamStatistics(
                transceiver: TransceiverID(1), kind: .video, codec: .vp8, payloadType: PayloadType(96), ssrc: SSRC(5),
                retransmissionSSRC: nil, packetsSent: 1, bytesSent: 1, retransmittedPacketsSent: 0,
                framesSent: UInt64(30 * seconds), keyFramesSent: 1, framesDropped: 0, nackCount: 0, pliCount: 0,
                firCount: 0,
                remote: .init(
                    at: .zero, fractionLost: 0, packetsLost: 0, jitter: .milliseconds(3), roundTripTime: nil,
                    reports: 1))
        ]
        return sample
    }

    @Test func everyStreamHasItsCodecPictureAndJitter() {
        let sample = call(after: 4)
        let lines = text(sample, StreamTotals(), before: call(after: 2))
        let own = "{direction=\"outbound\",kind=\"video\",codec=\"vp8\",stream=\"0\"}"
        let first = "{direction=\"inbound\",kind=\"video\",codec=\"vp9\",stream=\"0\"}"
        let second = "{direction=\"inbound\",kind=\"video\",codec=\"vp8\",stream=\"1\"}"
        let sound = "{direction=\"inbound\",kind=\"audio\",codec=\"opus\",stream=\"0\"}"
        for line in [
            "jitter_seconds\(own) 0.003", "width_pixels\(own) 1280", "height_pixels\(own) 720",
            "frames_per_second\(own) 30", "jitter_seconds\(first) 0.004", "width_pixels\(first) 640",
            "height_pixels\(first) 360", "frames_per_second\(first) 25", "jitter_seconds\(second) 0",
            "jitter_seconds\(sound) 0",
        ] {
            #expect(lines.contains("roomd_stream_" + line), "\(line)")
        }
        // Of a picture that was not decoded yet there is nothing to say.
        #expect(!lines.contains { $0.contains("_pixels" + second) || $0.contains("_per_second" + second) })
        #expect(!lines.contains { $0.contains(Self.secret) })
        #expect(!text(sample, StreamTotals()).contains { $0.hasPrefix("roomd_stream_frames_per_second") })
    }

    @Test func whatBecomesOfConnectionsToTURNServersIsCounted() {
        var sample = sample(after: 1, ssrc: 1, packets: 10)
        sample.transport.streamDrops = 7
        sample.transport.streamFailures = 2
        let lines = text(sample, StreamTotals())
        #expect(lines.contains("roomd_datagrams_dropped_total{reason=\"relay_connection_full\"} 7"))
        #expect(lines.contains("roomd_relay_connection_failures_total 2"))
    }

    @Test func whatOneMeetingCountedStaysWhenTheNextBegins() {
        var totals = StreamTotals()
        totals.take(sample(after: 1, ssrc: 1, packets: 100, lost: 5))
        var empty = StatisticsSample(at: Instant(nanoseconds: 2_000_000_000), process: .current())
        empty.buffers = [BufferDepth("decode", depth: 0, capacity: 60)]
        totals.take(empty)
        let next = sample(after: 3, ssrc: 2, packets: 7, lost: 1)
        totals.take(next)
        let lines = text(next, totals)
        #expect(lines.contains("roomd_stream_packets_total{direction=\"inbound\",kind=\"audio\"} 107"))
        #expect(lines.contains("roomd_stream_packets_lost_total{direction=\"inbound\",kind=\"audio\"} 6"))
        #expect(lines.contains("roomd_stream_bytes_total{direction=\"inbound\",kind=\"audio\"} 10700"))
        #expect(lines.contains("roomd_buffer_dropped_total{buffer=\"decode\"} 6"))
    }
}
