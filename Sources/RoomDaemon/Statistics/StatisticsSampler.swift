import AudioPipeline
import Base
import Conferencing
import ControlAPI
import ControlServer
import JSON
import Media
import Meeting
import Metrics
import Room
import Synchronization
import Transport
import WebRTC

/// Reads the counters once a second, so that whoever asks gets the rates of the last seconds at once, and the policy is
/// told what media did in a meeting.
final class StatisticsSampler: Sendable {
    private struct State: Sendable {
        /// The last two, the older one first: a report compares with one that is at least a second old.
        var older: StatisticsSample?
        var newer: StatisticsSample?
        var totals = StreamTotals()
        /// The sample that was begun last.
        var running: Task<Taken, Never>?
        /// The one after it, until it begins: whoever asks meanwhile shares it.
        var next: Task<Taken, Never>?
    }

    private struct Taken: Sendable {
        let sample: StatisticsSample
        /// Up to this sample.
        let totals: StreamTotals
        let at: Instant
    }

    /// How old metrics may be: who asks more often is told the same again.
    private static let metricsAge = Duration.milliseconds(250)

    private let take: @Sendable () async -> StatisticsSample
    private let tell: @Sendable (MediaReport) -> Void
    private let began: Instant
    private let startedAt = MonotonicClock.wallTime
    private let state = Mutex(State())
    private let lastMetrics = Mutex<(text: String, at: Instant)?>(nil)

    /// - Parameter tell: told once a second of a meeting what media did in it.
    init(
        at now: Instant = MonotonicClock.now, tell: @escaping @Sendable (MediaReport) -> Void = { _ in },
        take: @escaping @Sendable () async -> StatisticsSample
    ) {
        began = now
        self.tell = tell
        self.take = take
    }

    convenience init(_ parts: DaemonParts, host: RoomHost, control: ControlServer) {
        self.init(tell: { host.post(.media($0)) }) { await StatisticsSample(of: parts, host: host, control: control) }
    }

    /// Samples until it is cancelled.
    func run() async {
        repeat { await sample() } while (try? await Task.sleep(for: .seconds(1))) != nil
    }

    /// Takes the sample of this second.
    func sample() async {
        let sample = await takeSample().sample
        let before = state.withLock { state in
            state.older = state.newer
            state.newer = sample
            return state.older
        }
        guard sample.room.meeting == .joined, let before, before.room.meeting == .joined else { return }
        tell(MediaReport(now: sample, before: before))
    }

    /// One after the other: of two taken at the same time neither would be the later one in all its counters.
    private func takeSample() async -> Taken {
        let task = state.withLock { state in
            if let next = state.next { return next }
            let task = Task { [before = state.running] in
                _ = await before?.value
                self.state.withLock { state in
                    state.running = state.next
                    state.next = nil
                }
                let sample = await take()
                return self.state.withLock { state in
                    state.totals.take(sample)
                    return Taken(sample: sample, totals: state.totals, at: MonotonicClock.now)
                }
            }
            state.next = task
            return task
        }
        return await task.value
    }

    /// What rates are worked out from.
    private func sample(before now: StatisticsSample) -> StatisticsSample? {
        state.withLock { state in
            [state.newer, state.older].compactMap(\.self).first { now.at - $0.at >= .seconds(1) } ?? state.older
        }
    }

    /// What `statistics.get` answers.
    func report() async -> JSONValue {
        let now = await takeSample().sample
        return StatisticsReport(now: now, before: sample(before: now), uptime: now.at - began).json
    }

    /// The same for Prometheus.
    func metrics() async -> String {
        let now = MonotonicClock.now
        if let last = lastMetrics.withLock({ $0 }), now - last.at < Self.metricsAge { return last.text }
        let taken = await takeSample()
        let text = PrometheusText.write(
            RoomMetrics(
                sample: taken.sample, before: sample(before: taken.sample), totals: taken.totals, startedAt: startedAt
            ).all)
        lastMetrics.withLock { last in
            if last.map({ $0.at < taken.at }) ?? true { last = (text, taken.at) }
        }
        return text
    }
}

extension StatisticsSample {
    init(of parts: DaemonParts, host: RoomHost, control: ControlServer) async {
        self.init(at: MonotonicClock.now, process: .current())
        conference = await parts.conference.connections.statistics()
        // Nothing of it once the thread has ended.
        transport = (try? await parts.thread.statistics()) ?? transport
        deadlinesMissed = parts.audio.deadlinesMissed
        playoutDelays = parts.audio.playoutDelays.snapshot
        camera = parts.camera?.statistics
        encoding = parts.encoding?.statistics
        framesOverrun = parts.camera?.encoderQueue.dropped ?? 0
        decoding = parts.decoding.statistics
        pictures = parts.decoding.stages
        playout = parts.hub.playouts.mapValues { Playout(statistics: $0.statistics, depth: $0.depth) }
        display = parts.display?.statistics
        room = host.summary
        buffers = transport.buffers + parts.decoding.depths + [host.depth, LogWriter.standardError.depth]
        buffers += parts.hub.playouts.values.flatMap(\.depths)
        buffers += [conference.publisher, conference.subscriber].flatMap { $0?.buffers ?? [] }
        if let camera = parts.camera { buffers.append(camera.encoderQueue.depth(as: "camera")) }
        buffers.append(await control.outputDepth())
    }
}
