import AudioPipeline
import Base
import Compositor
import Conferencing
import Meeting
import WebRTC

extension MediaReport {
    /// Reports older than this say nothing of how things are.
    private static let freshness = Duration.seconds(10)

    /// Of streams that are in both samples: another one has counters of its own.
    init(now: StatisticsSample, before: StatisticsSample) {
        self.init(length: now.at - before.at)
        let (subscriber, former) = (now.conference.subscriber, before.conference.subscriber)
        datagrams = Self.grown(subscriber?.transport.packetsReceived, former?.transport.packetsReceived)
        let formerStreams = Dictionary(
            (former?.inbound ?? []).map { ($0.transceiver, $0) }, uniquingKeysWith: { first, _ in first })
        for stream in subscriber?.inbound ?? [] {
            guard let track = now.conference.tracks[stream.transceiver], let ssrc = stream.ssrc,
                before.conference.tracks[stream.transceiver] == track,
                let former = formerStreams[stream.transceiver], former.ssrc == ssrc
            else { continue }
            add(stream, former, of: track, now, before)
        }
        addSending(now, before)
    }

    private mutating func add(
        _ stream: InboundStreamStatistics, _ former: InboundStreamStatistics, of track: ConferenceStatistics.Track,
        _ now: StatisticsSample, _ before: StatisticsSample
    ) {
        let packets =
            Self.grown(stream.packetsReceived, former.packetsReceived)
            + Self.grown(stream.retransmittedPacketsReceived, former.retransmittedPacketsReceived)
            + Self.grown(stream.copiedPacketsReceived, former.copiedPacketsReceived)
        let lost = Self.grown(stream.packetsLost, former.packetsLost)
        let participant = track.participant
        switch track.kind {
        case .audio:
            guard let playout = now.playout[participant]?.statistics,
                let former = before.playout[participant]?.statistics, former.samples <= playout.samples
            else { return }
            received[participant, default: Reception()].sound = Sound(
                packets: packets, packetsLost: lost,
                played: Self.time(playout.samples, former.samples),
                concealed: Self.time(playout.concealedSamples, former.concealedSamples))
        case .video, .screen:
            let id = PictureID(participant, track.kind)
            // Before the first picture there is no rhythm.
            let rhythm = now.decoding[id]?.rhythm ?? PictureRhythm()
            let formerRhythm = before.decoding[id]?.rhythm ?? PictureRhythm()
            let picture = Picture(
                packets: packets,
                still: max(.zero, rhythm.stillness(at: now.at) - formerRhythm.stillness(at: before.at)),
                late: max(.zero, rhythm.late - formerRhythm.late),
                keyFrameRequests: Self.grown(stream.pliCount + stream.firCount, former.pliCount + former.firCount))
            if track.kind == .screen {
                received[participant, default: Reception()].screen = picture
            } else {
                received[participant, default: Reception()].camera = picture
            }
        }
    }

    private mutating func addSending(_ now: StatisticsSample, _ before: StatisticsSample) {
        guard let publisher = now.conference.publisher else { return }
        var packets: Int64 = 0
        var packetsLost: Int64 = 0
        var roundTrips: [Duration] = []
        for stream in publisher.outbound where stream.codec != nil {
            guard let former = before.conference.publisher?.outbound.first(where: { $0.ssrc == stream.ssrc }) else {
                continue
            }
            packets += Self.grown(stream.packetsSent, former.packetsSent)
            guard let remote = stream.remote, now.at - remote.at < Self.freshness else { continue }
            packetsLost += Self.grown(remote.packetsLost, former.remote?.packetsLost ?? remote.packetsLost)
            if let roundTrip = remote.roundTripTime { roundTrips.append(roundTrip) }
        }
        sending = Sending(
            packets: packets, packetsLost: packetsLost,
            roundTrip: roundTrips.max() ?? publisher.transport.currentRoundTripTime)
    }

    private static func grown<Count: BinaryInteger>(_ now: Count?, _ before: Count?) -> Int64 {
        guard let now, let before else { return 0 }
        return max(0, Int64(clamping: now) - Int64(clamping: before))
    }

    /// Of samples at 48 kHz.
    private static func time(_ now: UInt64, _ before: UInt64) -> Duration {
        .nanoseconds(grown(now, before) * 1_000_000 / 48)
    }
}
