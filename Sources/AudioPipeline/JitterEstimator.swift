import Base

/// How late packets come, and from that how much sound has to be held back.
///
/// The model: a packet's *lateness* is its arrival minus its RTP time, relative to the most punctual packet of the last
/// seconds. A histogram of latenesses, which forgets old ones exponentially, gives the 95th percentile. A packet that
/// comes later than that raises the target at once by a peak, which then halves every two seconds. On top comes one
/// block, because the audio thread takes sound in steps of 10 ms.
///
/// The same most punctual packets give the *delay* of a sample: for how long it has been here, had its packet been
/// punctual. Holding the delay at the target is all that playout has to do: unlike the fill level it does not jump with
/// every packet, and it follows the sender's clock.
struct JitterEstimator: Sendable {
    /// Bins of 5 ms, up to 640 ms.
    private static let binWidth = Duration.milliseconds(5).inNanoseconds
    private static let binCount = 128
    private static let percentile = 0.95
    /// How much of the past is forgotten in a second of packets.
    private static let forgetting = 0.2
    /// The peak halves every two seconds.
    private static let peakDecay = 0.34657
    /// Two such windows are looked back for the most punctual packet: a clock 300 ppm slow moves 3 ms meanwhile.
    private static let windowLength = Duration.seconds(5)
    /// Later than this is no jitter: the sender's timestamps stood still, or the network was dead. All starts anew.
    private static let longestLateness = Duration.seconds(1).inNanoseconds
    /// An RTP time this far from where it is expected belongs to another stream.
    private static let longestLeap = Duration.seconds(10).inNanoseconds
    /// Before anything is known, packets are taken to come 30 ms late, until a second of them has shown better.
    private static let priorBin = 5
    private static let priorWeight = 2.5

    private static let range = Duration.milliseconds(20)...Duration.milliseconds(500)

    private var histogram = [Double](repeating: 0, count: binCount)
    private var total = 0.0
    /// What the newest packet weighs; weights grow instead of the whole histogram being scaled down.
    private var weight = 1.0
    /// Arrival minus RTP time of the most punctual packets of two consecutive windows, in nanoseconds.
    private var currentBest: Int64?
    private var previousBest: Int64?
    private var windowEnd = Instant.zero
    private var lastArrival = Instant.zero
    private var peak: Double = 0
    private var percentileLateness: Int64 = 0

    /// What is to be held back.
    private(set) var target = Duration.milliseconds(40)
    /// The target does not fall below it, for instance so that error correction comes in time.
    var least = Duration.zero { didSet { updateTarget() } }

    init() { reset() }

    /// Forgets everything, without allocating.
    mutating func reset() {
        for bin in histogram.indices { histogram[bin] = 0 }
        histogram[Self.priorBin] = Self.priorWeight
        total = Self.priorWeight
        weight = 1
        currentBest = nil
        previousBest = nil
        peak = 0
        least = .zero
        percentileLateness = lateness95()
        updateTarget()
    }

    /// Arrival minus RTP time of the most punctual packets.
    private var best: Int64? {
        guard let currentBest else { return previousBest }
        return min(currentBest, previousBest ?? currentBest)
    }

    /// For how long the sample of RTP time `timestamp` will have been here at `now`, had it come punctually; nil before
    /// the first packet.
    func delay(of timestamp: Int64, at now: Instant) -> Duration? {
        guard let best else { return nil }
        return .nanoseconds(now.nanoseconds &- Self.nanoseconds(timestamp) &- best)
    }

    /// The RTP time whose sample has just now the given delay.
    func timestamp(delayedBy delay: Duration, at now: Instant) -> Int64? {
        guard let best else { return nil }
        return (now.nanoseconds &- best &- delay.inNanoseconds) / 1000 &* 48 / 1000
    }

    /// How much later than the most punctual packets this one came; nil before the first.
    func lateness(arrival: Instant, timestamp: Int64) -> Duration? {
        best.map { .nanoseconds(Self.offset(arrival, timestamp) &- $0) }
    }

    /// Whether the RTP time is not where the stream's clock can have come to.
    func isLeap(arrival: Instant, timestamp: Int64) -> Bool {
        guard let best else { return false }
        return abs(Self.offset(arrival, timestamp) &- best) > Self.longestLeap
    }

    private static func nanoseconds(_ timestamp: Int64) -> Int64 { timestamp &* 1_000_000 / 48 }

    private static func offset(_ arrival: Instant, _ timestamp: Int64) -> Int64 {
        arrival.nanoseconds &- nanoseconds(timestamp)
    }

    /// - Parameters:
    ///   - isInOrder: it is the newest so far. One that was overtaken by others is no sign of a queue on the way, so it
    ///     counts for the percentile only.
    ///   - samples: how long it is.
    mutating func packetArrived(at arrival: Instant, timestamp: Int64, isInOrder: Bool, samples: Int) {
        let offset = Self.offset(arrival, timestamp)
        moveWindow(to: arrival)
        if let best, offset &- best > Self.longestLateness {
            currentBest = offset
            previousBest = nil
        }
        currentBest = min(currentBest ?? offset, offset)
        let lateness = offset &- (best ?? offset)

        let passed = min(max((arrival - lastArrival).inSeconds, 0), 1)
        lastArrival = max(arrival, lastArrival)
        peak -= peak * min(passed * Self.peakDecay, 1)
        if isInOrder { peak = max(peak, Double(lateness)) }

        add(lateness, seconds: Double(samples) / 48_000)
        percentileLateness = lateness95()
        updateTarget()
    }

    private mutating func moveWindow(to arrival: Instant) {
        guard arrival >= windowEnd || currentBest == nil else { return }
        let before = best
        // After a long pause the old window tells nothing of the clocks any more.
        let isStale = arrival >= windowEnd + Self.windowLength
        previousBest = isStale ? nil : currentBest
        currentBest = nil
        windowEnd = arrival + Self.windowLength
        // The way has become longer for good: what was late is punctual now.
        if let before, let after = best, after > before { shift(by: after &- before) }
    }

    private mutating func shift(by nanoseconds: Int64) {
        peak = max(0, peak - Double(nanoseconds))
        let bins = Int(min(nanoseconds / Self.binWidth, Int64(Self.binCount)))
        guard bins > 0 else { return }
        for bin in 1..<Self.binCount {
            histogram[max(0, bin - bins)] += histogram[bin]
            histogram[bin] = 0
        }
    }

    private mutating func add(_ lateness: Int64, seconds: Double) {
        let kept = 1 - min(Self.forgetting * seconds, 0.5)
        let bin = Int(min(max(lateness, 0) / Self.binWidth, Int64(Self.binCount - 1)))
        total = total * kept + 1
        weight /= kept
        histogram[bin] += weight
        guard weight > 1e12 else { return }
        for bin in histogram.indices { histogram[bin] /= weight }
        weight = 1
    }

    /// The upper edge of the bin that holds the 95th percentile.
    private func lateness95() -> Int64 {
        let threshold = total * weight * (1 - Self.percentile)
        var above = 0.0
        var bin = Self.binCount - 1
        while bin > 0 {
            above += histogram[bin]
            if above >= threshold { break }
            bin -= 1
        }
        return Self.binWidth * Int64(bin + 1)
    }

    private mutating func updateTarget() {
        let lateness = Duration.nanoseconds(max(percentileLateness, Int64(peak)))
        target = min(max(lateness + .milliseconds(10), least, Self.range.lowerBound), Self.range.upperBound)
    }
}
