import AudioPipeline
import Base
import Conferencing
import JSON
import Media
import Synchronization

/// Reads the counters once a second, so that whoever asks gets the rates of the last seconds at once.
final class StatisticsSampler: Sendable {
    private let take: @Sendable () async -> StatisticsSample
    private let began: Instant
    /// The last two, the older one first: a report compares with one that is at least a second old.
    private let samples = Mutex<(older: StatisticsSample?, newer: StatisticsSample?)>((nil, nil))

    init(at now: Instant = MonotonicClock.now, take: @escaping @Sendable () async -> StatisticsSample) {
        began = now
        self.take = take
    }

    convenience init(_ parts: DaemonParts) {
        self.init { await StatisticsSample(of: parts) }
    }

    /// Samples until it is cancelled.
    func run() async {
        repeat {
            let sample = await take()
            samples.withLock { $0 = ($0.newer, sample) }
        } while (try? await Task.sleep(for: .seconds(1))) != nil
    }

    /// What `statistics.get` answers.
    func report() async -> JSONValue {
        let now = await take()
        let before = samples.withLock { samples in
            [samples.newer, samples.older].compactMap(\.self).first { now.at - $0.at >= .seconds(1) } ?? samples.older
        }
        return StatisticsReport(now: now, before: before, uptime: now.at - began).json
    }
}

extension StatisticsSample {
    init(of parts: DaemonParts) async {
        self.init(at: MonotonicClock.now, process: .current())
        conference = await parts.conference.connections.statistics()
        deadlinesMissed = parts.audio.deadlinesMissed
        encoding = parts.encoding?.statistics
        framesOverrun = parts.camera?.encoderQueue.dropped ?? 0
        decoding = parts.decoding.statistics
        playout = parts.hub.playouts.mapValues { Playout(statistics: $0.statistics, depth: $0.depth) }
        display = parts.display?.statistics
    }
}
