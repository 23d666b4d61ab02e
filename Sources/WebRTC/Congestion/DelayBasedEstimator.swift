import Base

/// The bitrate at which queues on the path neither grow nor starve, from when packets left and when they arrived.
///
/// Used by the sender on transport-wide feedback, and by the receiver on absolute send times where it sends REMB.
struct DelayBasedEstimator: Sendable {
    private var interArrival = InterArrival()
    private var trendline = TrendlineEstimator()
    private var acknowledgedMeter = RateMeter(window: .milliseconds(500))
    private var rateControl: RateControl
    private var lastArrival = Instant.zero
    private(set) var acknowledged: Int?

    init(start: Int, range: ClosedRange<Int>) {
        rateControl = RateControl(start: start, range: range)
    }

    /// In bits a second.
    var estimate: Int { rateControl.estimate }
    var usage: TrendlineEstimator.Usage { trendline.usage }

    /// Takes one received packet.
    /// - Parameters: `sent` on the sender's clock, `arrival` on the receiver's; only differences matter.
    ///   `isPunctual`: false for one whose time on the way says nothing of a queue.
    /// - Returns: whether the path has just come to be overused, so that the receiver may say so at once.
    @discardableResult
    mutating func add(byteCount: Int, sent: Instant, arrival: Instant, isPunctual: Bool = true) -> Bool {
        acknowledgedMeter.add(byteCount, at: arrival)
        lastArrival = max(lastArrival, arrival)
        guard isPunctual else { return false }
        let before = trendline.usage
        if let difference = interArrival.add(sent: sent, arrival: arrival) {
            trendline.add(difference, arrival: arrival)
        }
        return before != .overuse && trendline.usage == .overuse
    }

    /// Moves the estimate, once for each batch of packets.
    mutating func update(isApplicationLimited: Bool, roundTrip: Duration, at now: Instant) {
        acknowledged = acknowledgedMeter.bitrate(at: lastArrival)
        rateControl.update(
            trendline.usage, acknowledged: acknowledged, isApplicationLimited: isApplicationLimited,
            roundTrip: roundTrip, at: now)
    }

    mutating func probed(_ bitrate: Int) {
        rateControl.probed(bitrate, usage: trendline.usage)
    }

    /// Begins to measure anew after the receiver's clock has stepped; the estimate stays.
    mutating func forgetArrivals() {
        interArrival = InterArrival()
        trendline = TrendlineEstimator()
        acknowledgedMeter = RateMeter(window: .milliseconds(500))
        lastArrival = .zero
    }

    /// Lowers the estimate for other reasons than delay.
    mutating func limit(to bitrate: Int) {
        rateControl.limit(to: bitrate)
    }
}
