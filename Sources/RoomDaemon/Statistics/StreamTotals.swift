import AudioPipeline
import Base
import Compositor
import Conferencing
import Meeting
import Metrics
import RTP
import WebRTC

/// What all streams of all meetings have come to since the daemon's start: streams come and go, and Prometheus's counters
/// only grow.
struct StreamTotals: Sendable {
    /// Counters of what is sent, by kind: packets, bytes, lost, retransmitted, NACKs, PLIs, pictures, key frames, dropped.
    private(set) var outbound = RunningTotals<SSRC>(width: 9)
    /// Of what is received: packets, bytes, lost, retransmitted, NACKs, PLIs, copied.
    private(set) var inbound = RunningTotals<SSRC>(width: 7)
    /// Of decoded pictures: pictures, freezes, nanoseconds frozen, failures.
    private(set) var pictures = RunningTotals<String>(width: 4)
    /// Of sound that is played: samples, concealed, packets recovered, packets discarded.
    private(set) var sound = RunningTotals<String>(width: 4)
    /// Of connections: datagrams received, and those refused in the order of `RefusedDatagrams.reasons`.
    private(set) var connections = RunningTotals<String>(width: 6)
    /// By buffer, elements lost.
    private(set) var dropped: [String: UInt64] = [:]
    private var lastDropped: [String: UInt64] = [:]

    /// Takes the next sample: nothing of it was read before anything of the last one.
    mutating func take(_ sample: StatisticsSample) {
        outbound.take(
            (sample.conference.publisher?.outbound ?? []).map { stream in
                (
                    stream.ssrc, "\(stream.kind)",
                    [
                        stream.packetsSent, stream.bytesSent, UInt64(max(0, stream.remote?.packetsLost ?? 0)),
                        stream.retransmittedPacketsSent, stream.nackCount, stream.pliCount + stream.firCount,
                        stream.framesSent, stream.keyFramesSent, stream.framesDropped,
                    ].map { Int64(clamping: $0) }
                )
            })
        inbound.take(
            (sample.conference.subscriber?.inbound ?? []).compactMap { stream in
                guard let ssrc = stream.ssrc else { return nil }
                let retransmissions = [stream.retransmittedPacketsReceived, stream.nackCount].map {
                    Int64(clamping: $0)
                }
                let rest = [stream.pliCount + stream.firCount, stream.copiedPacketsReceived].map { Int64(clamping: $0) }
                return (
                    ssrc, sample.kind(of: stream),
                    [stream.packetsReceived, stream.bytesReceived, stream.packetsLost] + retransmissions + rest
                )
            })
        pictures.take(
            sample.decoding.map { id, decoding in
                (
                    "\(id.kind) \(id.participant)", id.kind == .screen ? "screen" : "video",
                    [
                        Int64(clamping: decoding.frames), Int64(clamping: decoding.freezes),
                        decoding.totalFreezesDuration.inNanoseconds, Int64(clamping: decoding.failures),
                    ]
                )
            })
        sound.take(
            sample.playout.map { participant, playout in
                let statistics = playout.statistics
                return (
                    participant.rawValue, "audio",
                    [
                        statistics.samples, statistics.concealedSamples, statistics.recoveredPackets,
                        statistics.latePackets + statistics.overflowedPackets,
                    ].map { Int64(clamping: $0) }
                )
            })
        let both = [("publish", sample.conference.publisher), ("receive", sample.conference.subscriber)]
        connections.take(
            both.compactMap { name, connection in
                guard let connection else { return nil }
                let counts = [connection.transport.packetsReceived] + connection.refused.counts
                return (name, name, counts.map { Int64(clamping: $0) })
            })
        // Sums over buffers that come and go: a lower one says that one of them went.
        let present = BufferDepth.fullest(sample.buffers).mapValues(\.dropped)
        for (name, count) in present {
            let before = lastDropped[name] ?? 0
            dropped[name, default: 0] += count > before ? count - before : 0
        }
        lastDropped = present
    }
}

extension StatisticsSample {
    /// Audio, video or screen.
    func kind(of stream: InboundStreamStatistics) -> String {
        conference.tracks[stream.transceiver]?.kind == .screen ? "screen" : "\(stream.kind)"
    }
}
