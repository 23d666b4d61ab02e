import Base

/// Moves the delay-based estimate: up by eight percent a second, more carefully near the known capacity of the path,
/// and down to 85 % of what got through when the path is overused (draft-ietf-rmcat-gcc-02 §5.5).
struct RateControl: Sendable {
    /// In bits a second.
    private(set) var estimate: Int
    private let range: ClosedRange<Int>
    private var isIncreasing = false
    private var updatedAt: Instant?
    private var decreasedAt: Instant?
    private var capacity = CapacityEstimate()

    init(start: Int, range: ClosedRange<Int>) {
        estimate = min(max(start, range.lowerBound), range.upperBound)
        self.range = range
    }

    /// - Parameters:
    ///   - acknowledged: what got through lately, in bits a second.
    ///   - isApplicationLimited: we send less than we may, so that silence of the path proves nothing.
    mutating func update(
        _ usage: TrendlineEstimator.Usage, acknowledged: Int?, isApplicationLimited: Bool, roundTrip: Duration,
        at now: Instant
    ) {
        defer { updatedAt = now }
        switch usage {
        case .overuse:
            isIncreasing = false
            decrease(acknowledged: acknowledged, roundTrip: roundTrip, at: now)
        case .underuse:
            // Queues are draining: wait until they have.
            isIncreasing = false
        case .normal:
            if isIncreasing {
                increase(
                    acknowledged: acknowledged, isApplicationLimited: isApplicationLimited, roundTrip: roundTrip,
                    at: now)
            }
            isIncreasing = true
        }
    }

    private mutating func increase(
        acknowledged: Int?, isApplicationLimited: Bool, roundTrip: Duration, at now: Instant
    ) {
        if let acknowledged, capacity.isExceeded(by: acknowledged) { capacity.forget() }
        // Without load there is no evidence: only probes raise the estimate then.
        guard !isApplicationLimited, let updatedAt else { return }
        let elapsed = min(max((now - updatedAt).inSeconds, 0), 1)
        var raised = Double(estimate)
        if capacity.isKnown {
            // Near the capacity: one packet more in each response time.
            let response = (roundTrip + .milliseconds(100)).inSeconds
            let packetBits = max(Double(estimate) / 30 / max((Double(estimate) / 30 / 9600).rounded(.up), 1), 4000)
            raised += max(packetBits / response, 4000) * elapsed
        } else {
            raised += max(raised * 0.08 * elapsed, 1000 * elapsed)
        }
        // Never far beyond what is known to get through.
        if let acknowledged { raised = min(raised, Double(acknowledged) * 1.5 + 10_000) }
        set(max(estimate, Int(raised)))
    }

    private mutating func decrease(acknowledged: Int?, roundTrip: Duration, at now: Instant) {
        let pause = min(max(roundTrip, .milliseconds(10)), .milliseconds(200))
        if let decreasedAt, now - decreasedAt < pause {
            guard let acknowledged, acknowledged < estimate / 2 else { return }
        }
        let through = acknowledged ?? estimate
        var lowered = Double(through) * 0.85
        if lowered > Double(estimate), let known = capacity.mean { lowered = known * 0.85 }
        set(min(estimate, Int(lowered)))
        if let acknowledged {
            if capacity.isUndercut(by: acknowledged) { capacity.forget() }
            capacity.add(acknowledged)
        }
        decreasedAt = now
    }

    /// Takes what a probe has proved. It never lowers the estimate, and counts for nothing just after an overuse.
    mutating func probed(_ bitrate: Int, usage: TrendlineEstimator.Usage) {
        guard bitrate > estimate, usage != .overuse else { return }
        set(bitrate)
    }

    /// Lowers the estimate for other reasons than delay.
    mutating func limit(to bitrate: Int) {
        set(min(estimate, bitrate))
    }

    private mutating func set(_ bitrate: Int) {
        estimate = min(max(bitrate, range.lowerBound), range.upperBound)
    }
}

/// What the path was seen to carry when it was overused: mean and deviation, each moving slowly.
private struct CapacityEstimate: Sendable {
    private(set) var mean: Double?
    private var variance = 0.4

    var isKnown: Bool { mean != nil }

    func isExceeded(by bitrate: Int) -> Bool {
        mean.map { Double(bitrate) / 1000 > $0 / 1000 + 3 * spread } ?? false
    }

    func isUndercut(by bitrate: Int) -> Bool {
        mean.map { Double(bitrate) / 1000 < $0 / 1000 - 3 * spread } ?? false
    }

    /// In kilobits a second.
    private var spread: Double { (variance * (mean ?? 0) / 1000).squareRoot() }

    mutating func add(_ bitrate: Int) {
        let sample = Double(bitrate)
        let old = mean ?? sample
        let new = 0.95 * old + 0.05 * sample
        mean = new
        let error = (new - sample) / 1000
        variance = min(max(0.95 * variance + 0.05 * error * error / max(new / 1000, 1), 0.4), 2.5)
    }

    mutating func forget() {
        self = CapacityEstimate()
    }
}
