import AudioPipeline
import Base
import Compositor
import ControlAPI
import ICE
import Meeting
import RTP
import Synchronization
import Testing

@testable import Conferencing
@testable import RoomDaemon
@testable import WebRTC

@Suite struct MediaReportTests {
    private let ada = ParticipantID("ada")
    private let bob = ParticipantID("bob")

    /// A call's counters after so many seconds: of Ada sound and camera are received, of Bob a screen.
    private func sample(after seconds: Int64) -> StatisticsSample {
        let at = Instant.zero + .seconds(seconds)
        var sample = StatisticsSample(at: at, process: ProcessUsage(cpu: .zero, memory: 0))
        sample.room = RoomSummary(meeting: .joined)
        sample.conference.subscriber = connection(at, datagrams: UInt64(200 * seconds))
        sample.conference.subscriber?.inbound = [
            inbound(0, .audio, seconds) { $0.packetsLost = 2 * seconds },
            inbound(1, .video, seconds) {
                $0.retransmittedPacketsReceived = UInt64(3 * seconds)
                $0.copiedPacketsReceived = UInt64(4 * seconds)
                ($0.pliCount, $0.firCount) = (UInt64(seconds), UInt64(seconds))
            },
            inbound(2, .video, seconds) { _ in },
        ]
        sample.conference.tracks = [
            TransceiverID(0): .init(participant: ada, kind: .audio),
            TransceiverID(1): .init(participant: ada, kind: .video),
            TransceiverID(2): .init(participant: bob, kind: .screen),
        ]
        sample.conference.publisher = connection(at, datagrams: 0)
        sample.conference.publisher?.outbound = [outbound(7, seconds, at), outbound(8, seconds, at)]
        var playout = PlayoutStatistics()
        (playout.samples, playout.concealedSamples) = (UInt64(47_520 * seconds), UInt64(480 * seconds))
        sample.playout = [ada: .init(statistics: playout, depth: .zero)]
        sample.decoding = [.camera("ada"): VideoDecoding.Statistics(), .screen("bob"): VideoDecoding.Statistics()]
        return sample
    }

    private func connection(_ at: Instant, datagrams: UInt64) -> PeerConnectionStatistics {
        PeerConnectionStatistics(
            at: at,
            transport: .init(
                state: .connected, iceState: .connected, iceRole: nil, selectedPair: nil,
                currentRoundTripTime: .milliseconds(12), dtlsRole: nil, srtpProfile: nil, packetsSent: 0,
                packetsReceived: datagrams, bytesSent: 0, bytesReceived: 0, availableOutgoingBitrate: 0,
                availableIncomingBitrate: nil, outgoingLossRate: 0, pacerDelay: .zero, ice: ICEStatistics()),
            outbound: [], inbound: [], counters: PeerConnectionCounters())
    }

    private func inbound(
        _ section: Int, _ kind: MediaKind, _ seconds: Int64, _ change: (inout InboundStreamStatistics) -> Void
    ) -> InboundStreamStatistics {
        var stream = InboundStreamStatistics(
            transceiver: TransceiverID(section), kind: kind, codec: kind == .audio ? .opus : .vp8,
            payloadType: PayloadType(100), ssrc: SSRC(UInt32(section)), packetsReceived: 50 * seconds, packetsLost: 0,
            bytesReceived: 0, jitter: .zero, retransmittedPacketsReceived: 0, copiedPacketsReceived: 0,
            packetsDiscarded: 0, framesReceived: 0, keyFramesReceived: 0, packetsDropped: 0, jitterBufferPackets: 0,
            retransmissionsRequested: 0, nackCount: 0, pliCount: 0, firCount: 0)
        change(&stream)
        return stream
    }

    private func outbound(_ ssrc: UInt32, _ seconds: Int64, _ reportedAt: Instant) -> OutboundStreamStatistics {
        OutboundStreamStatistics(
            transceiver: TransceiverID(0), kind: .video, codec: .vp8, payloadType: PayloadType(96), ssrc: SSRC(ssrc),
            retransmissionSSRC: nil, packetsSent: UInt64(100 * seconds), bytesSent: 0, retransmittedPacketsSent: 0,
            framesSent: 0, keyFramesSent: 0, framesDropped: 0, nackCount: 0, pliCount: 0, firCount: 0,
            remote: .init(
                at: reportedAt, fractionLost: 0, packetsLost: 5 * seconds, jitter: .zero,
                roundTripTime: .milliseconds(Int(ssrc)), reports: 1))
    }

    @Test func everythingIsWhatHappenedBetweenTheSamples() {
        let report = MediaReport(now: sample(after: 12), before: sample(after: 10))
        #expect(report.length == .seconds(2) && report.datagrams == 400)
        #expect(
            report.received[ada]?.sound
                == .init(
                    packets: 100, packetsLost: 4, played: .milliseconds(1980), concealed: .milliseconds(20)))
        #expect(report.received[ada]?.camera == .init(packets: 114, still: .zero, late: .zero, keyFrameRequests: 4))
        #expect(report.received[bob]?.screen == .init(packets: 100, still: .zero, late: .zero, keyFrameRequests: 0))
        #expect(report.received[bob]?.camera == nil && report.received.count == 2)
        #expect(report.sending == .init(packets: 400, packetsLost: 20, roundTrip: .milliseconds(8)))
    }

    @Test func aPictureThatStandsStillIsToldSecondBySecond() {
        var decoding = VideoDecoding.Statistics()
        for number in 0...300 as ClosedRange<Int64> {
            decoding.rhythm.note(arrival: .zero + .milliseconds(33 * number), timestamp: 2970 * number)
        }
        // The last came after 9.9 s.
        let samples = (10...13 as ClosedRange<Int64>).map { second in
            var sample = sample(after: second)
            sample.decoding[.camera("ada")] = decoding
            return sample
        }
        let still = zip(samples, samples.dropFirst()).map { before, now in
            MediaReport(now: now, before: before).received[ada]?.camera?.still
        }
        #expect(still == [.milliseconds(1100), .seconds(1), .seconds(1)])
    }

    /// A section that carries another track or source now has counters of its own, and so has sound that begins anew.
    @Test func whatIsAnotherStreamNowIsNotCompared() {
        let before = sample(after: 10)
        var now = sample(after: 11)
        now.conference.tracks[TransceiverID(1)] = .init(participant: bob, kind: .video)
        now.conference.subscriber?.inbound[2].ssrc = SSRC(99)
        now.playout[ada]?.statistics.samples = 10
        #expect(MediaReport(now: now, before: before).received.isEmpty)
        now = sample(after: 11)
        now.conference.publisher?.outbound[0].ssrc = SSRC(99)
        #expect(MediaReport(now: now, before: before).sending?.packets == 100)
        now.conference.subscriber = nil
        now.conference.publisher = nil
        let nothing = MediaReport(now: now, before: before)
        #expect(nothing == MediaReport(length: .seconds(1)))
    }

    @Test func countersThatFallTellOfNothing() {
        let (before, now) = (sample(after: 11), sample(after: 10))
        let report = MediaReport(now: now, before: before)
        #expect(report.received[ada]?.sound == nil && report.received[ada]?.camera?.packets == 0)
        #expect(report.sending?.packetsLost == 0 && report.datagrams == 0)
    }

    @Test func whatTheServiceReportedLongAgoSaysNothingOfNow() {
        var now = sample(after: 30)
        for index in 0...1 { now.conference.publisher?.outbound[index].remote?.at = .zero + .seconds(15) }
        let report = MediaReport(now: now, before: sample(after: 29))
        // The checks of the connection are fresh.
        #expect(report.sending == .init(packets: 200, packetsLost: 0, roundTrip: .milliseconds(12)))
    }

    @Test func onlyAMeetingIsReportedOn() async {
        let conditions: [RoomState.Meeting.Condition?] = [
            nil, .joining, .joined, .joined, .joined, .reconnecting, .joined, .joined, .leaving, nil,
        ]
        let next = Mutex(0)
        let told = Mutex<[Duration]>([])
        let sampler = StatisticsSampler(tell: { report in told.withLock { $0.append(report.length) } }) {
            let number = next.withLock { next in
                defer { next += 1 }
                return next
            }
            var sample = sample(after: Int64(number * number))
            sample.room.meeting = conditions[number]
            return sample
        }
        for _ in conditions { await sampler.sample() }
        #expect(told.withLock { $0 } == [.seconds(5), .seconds(7), .seconds(13)])
    }
}
