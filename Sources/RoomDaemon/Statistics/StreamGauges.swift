import Base
import Compositor
import Conferencing
import WebRTC

/// What one stream is like now, for Prometheus.
struct StreamGauges {
    var direction: String
    var kind: String
    var codec: String
    /// Among those of its direction and kind, from 0.
    var number: Int
    /// nil: what we send and nobody has reported about yet.
    var jitter: Duration?
    /// Of pictures.
    var width: Int?
    var height: Int?
    /// nil: sound, or there is nothing to compare with.
    var frameRate: Double?

    /// - Parameter before: an earlier sample, for rates; nil: there is none.
    static func all(_ now: StatisticsSample, before: StatisticsSample?) -> [StreamGauges] {
        var gauges = outbound(now, before) + inbound(now, before)
        var counts: [String: Int] = [:]
        for index in gauges.indices {
            let group = gauges[index].direction + gauges[index].kind
            gauges[index].number = counts[group, default: 0]
            counts[group, default: 0] += 1
        }
        return gauges
    }

    private static func outbound(_ now: StatisticsSample, _ before: StatisticsSample?) -> [StreamGauges] {
        (now.conference.publisher?.outbound ?? []).compactMap { stream in
            guard let codec = stream.codec else { return nil }
            var gauges = StreamGauges(
                direction: "outbound", kind: "\(stream.kind)", codec: "\(codec)", number: 0,
                jitter: stream.remote?.jitter)
            guard stream.kind == .video else { return gauges }
            let former = before?.conference.publisher?.outbound.first { $0.ssrc == stream.ssrc }
            gauges.frameRate = now.rate(of: stream.framesSent, since: former?.framesSent, of: before)
            gauges.setSize(now.encoding?.width, now.encoding?.height)
            return gauges
        }
    }

    private static func inbound(_ now: StatisticsSample, _ before: StatisticsSample?) -> [StreamGauges] {
        (now.conference.subscriber?.inbound ?? []).filter { $0.ssrc != nil }.map { stream in
            var gauges = StreamGauges(
                direction: "inbound", kind: now.kind(of: stream), codec: "\(stream.codec)", number: 0,
                jitter: stream.jitter)
            guard stream.kind == .video, let track = now.conference.tracks[stream.transceiver] else { return gauges }
            let picture = PictureID(track.participant, track.kind)
            guard let decoding = now.decoding[picture] else { return gauges }
            gauges.frameRate = now.rate(of: decoding.frames, since: before?.decoding[picture]?.frames, of: before)
            gauges.setSize(decoding.width, decoding.height)
            return gauges
        }
    }

    /// A size of zero is that of no picture yet.
    private mutating func setSize(_ width: Int?, _ height: Int?) {
        guard let width, let height, width > 0, height > 0 else { return }
        (self.width, self.height) = (width, height)
    }
}

extension StatisticsSample {
    /// A second; nil when there is nothing to compare with.
    fileprivate func rate(of count: UInt64, since former: UInt64?, of before: StatisticsSample?) -> Double? {
        guard let before, let former, before.at < at else { return nil }
        return max(0, Double(count) - Double(former)) / (at - before.at).inSeconds
    }
}
