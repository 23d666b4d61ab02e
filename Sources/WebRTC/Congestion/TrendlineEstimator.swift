import Base

/// Tells from the slope of the queuing delay whether the path is overused (the trendline filter of libwebrtc; detector
/// and adaptive threshold after draft-ietf-rmcat-gcc-02 §5.4).
struct TrendlineEstimator: Sendable {
    enum Usage: Hashable, Sendable {
        case normal
        case overuse
        case underuse
    }

    private(set) var usage = Usage.normal
    private var samples: [(arrival: Double, delay: Double)] = []
    private var next = 0
    private var accumulatedDelay = 0.0
    private var smoothedDelay = 0.0
    private var firstArrival: Instant?
    private var differenceCount = 0
    private var threshold = 12.5
    private var thresholdAt: Instant?
    private var overuseTime: Double?
    private var overuseCount = 0
    private var lastTrend = 0.0

    private static let window = 20
    private static let smoothing = 0.9
    private static let gain = 4.0

    init() {
        samples.reserveCapacity(Self.window)
    }

    /// - Parameter arrival: of the later group, on the receiver's clock.
    mutating func add(_ difference: InterArrival.Difference, arrival: Instant) {
        let first = firstArrival ?? arrival
        firstArrival = first
        differenceCount = min(differenceCount + 1, 1000)
        accumulatedDelay += (difference.arrived - difference.sent).inMilliseconds
        smoothedDelay = Self.smoothing * smoothedDelay + (1 - Self.smoothing) * accumulatedDelay
        let sample = (arrival: (arrival - first).inMilliseconds, delay: smoothedDelay)
        if samples.count < Self.window {
            samples.append(sample)
        } else {
            samples[next] = sample
            next = (next + 1) % Self.window
        }
        let trend = samples.count == Self.window ? slope() ?? lastTrend : 0
        detect(trend: trend, sendDifference: difference.sent.inMilliseconds, at: arrival)
    }

    /// Milliseconds of delay gained in a millisecond, by least squares.
    private func slope() -> Double? {
        var arrivalSum = 0.0
        var delaySum = 0.0
        for sample in samples {
            arrivalSum += sample.arrival
            delaySum += sample.delay
        }
        let arrivalMean = arrivalSum / Double(samples.count)
        let delayMean = delaySum / Double(samples.count)
        var covariance = 0.0
        var variance = 0.0
        for sample in samples {
            covariance += (sample.arrival - arrivalMean) * (sample.delay - delayMean)
            variance += (sample.arrival - arrivalMean) * (sample.arrival - arrivalMean)
        }
        return variance > 0 ? covariance / variance : nil
    }

    private mutating func detect(trend: Double, sendDifference: Double, at now: Instant) {
        guard differenceCount >= 2 else { return }
        let modified = Double(min(differenceCount, 60)) * trend * Self.gain
        if modified > threshold {
            // A single group of packets may be late by chance: the excess must last.
            overuseTime = overuseTime.map { $0 + sendDifference } ?? sendDifference / 2
            overuseCount += 1
            if let time = overuseTime, time > 10, overuseCount > 1, trend >= lastTrend {
                overuseTime = 0
                overuseCount = 0
                usage = .overuse
            }
        } else {
            overuseTime = nil
            overuseCount = 0
            usage = modified < -threshold ? .underuse : .normal
        }
        lastTrend = trend
        adaptThreshold(modified, at: now)
    }

    /// The threshold follows the trend slowly, so that a flow which fills the queues beside ours does not starve us.
    private mutating func adaptThreshold(_ modified: Double, at now: Instant) {
        let elapsed = min(max((now - (thresholdAt ?? now)).inMilliseconds, 0), 100)
        thresholdAt = now
        let magnitude = abs(modified)
        // A sudden spike, such as a change of route, says nothing about the ordinary.
        guard magnitude <= threshold + 15 else { return }
        let rate = magnitude < threshold ? 0.039 : 0.0087
        threshold = min(max(threshold + rate * (magnitude - threshold) * elapsed, 6), 600)
    }
}
