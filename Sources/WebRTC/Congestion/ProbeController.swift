import Base

/// Decides when to probe the path, and reads the result off the packets' arrivals.
///
/// Four occasions: at the start, up to twice the start bitrate; after a success, further up; every five seconds while
/// the application does not use what it may, since nothing else shows then that the path has got better; and likewise
/// while the estimate lies far below what it was, as after a black-out, since growing back step by step takes long.
struct ProbeController: Sendable {
    private enum State: Sendable {
        case idle
        case waiting(ProbeCluster)
        case measuring(ProbeCluster, Measurement)
    }

    private struct Measurement: Sendable {
        var packets = 0
        var bytes = 0
        var firstSent = Instant.distantFuture
        var lastSent = Instant.zero
        var lastSentBytes = 0
        var firstArrival = Instant.distantFuture
        var firstArrivalBytes = 0
        var lastArrival = Instant.zero
        var startedAt = Instant.zero
    }

    private var state = State.idle
    private var nextID = 0
    private var lastProbeAt: Instant?
    private let maximum: Int
    /// The highest estimate since the last probe showed what is there.
    private var peak = 0

    private static let repeatInterval = Duration.seconds(5)

    /// - Parameter maximum: no probe goes beyond it, in bits a second.
    init(maximum: Int) {
        self.maximum = maximum
    }

    /// The probe to send now, if it is time for one.
    mutating func poll(estimate: Int, isApplicationLimited: Bool, canProbe: Bool, at now: Instant) -> ProbeCluster? {
        switch state {
        case .waiting(let cluster):
            state = .measuring(cluster, Measurement(startedAt: now))
            lastProbeAt = now
            return cluster
        case .measuring(_, let measurement):
            // Feedback is lost, or never came.
            if now - measurement.startedAt > .seconds(2) { state = .idle }
            return nil
        case .idle:
            peak = max(peak, estimate)
            guard canProbe, Double(estimate) < Double(maximum) * 0.95 else { return nil }
            let hasReason = isApplicationLimited || estimate * 3 < peak * 2
            let isDue = lastProbeAt.map { hasReason && now - $0 >= Self.repeatInterval } ?? true
            guard isDue else { return nil }
            prepare(bitrate: estimate * 2)
            return poll(estimate: estimate, isApplicationLimited: isApplicationLimited, canProbe: true, at: now)
        }
    }

    private mutating func prepare(bitrate: Int) {
        state = .waiting(ProbeCluster(id: nextID, bitrate: min(bitrate, maximum)))
        nextID += 1
    }

    /// Takes a received packet of a probe.
    /// - Returns: the bitrate that the probe has proved, once enough of it has arrived.
    mutating func add(probe: Int, byteCount: Int, sent: Instant, arrival: Instant) -> Int? {
        guard case .measuring(let cluster, var measurement) = state, cluster.id == probe else { return nil }
        measurement.packets += 1
        measurement.bytes += byteCount
        if sent < measurement.firstSent { measurement.firstSent = sent }
        if sent >= measurement.lastSent {
            measurement.lastSent = sent
            measurement.lastSentBytes = byteCount
        }
        if arrival < measurement.firstArrival {
            measurement.firstArrival = arrival
            measurement.firstArrivalBytes = byteCount
        }
        measurement.lastArrival = max(measurement.lastArrival, arrival)
        state = .measuring(cluster, measurement)
        guard measurement.packets >= cluster.minimumPackets * 4 / 5,
            measurement.bytes >= cluster.minimumBytes * 4 / 5,
            let proved = proved(measurement)
        else { return nil }
        state = .idle
        peak = proved
        // Two thirds of the way up is a success: go on from there.
        if Double(proved) >= Double(cluster.bitrate) * 0.7, Double(proved) < Double(maximum) * 0.95 {
            prepare(bitrate: proved * 2)
        }
        return proved
    }

    private func proved(_ measurement: Measurement) -> Int? {
        let sendTime = (measurement.lastSent - measurement.firstSent).inSeconds
        let receiveTime = (measurement.lastArrival - measurement.firstArrival).inSeconds
        guard sendTime > 0.001, receiveTime > 0.001, sendTime < 1, receiveTime < 1 else { return nil }
        // The first packet's arrival and the last one's departure only mark the ends.
        let sendRate = Double(measurement.bytes - measurement.lastSentBytes) * 8 / sendTime
        let receiveRate = Double(measurement.bytes - measurement.firstArrivalBytes) * 8 / receiveTime
        // Much faster than sent: they were held up and let go together.
        guard receiveRate < sendRate * 2 else { return nil }
        // Slower than sent: the path's limit was reached, stay a little below it.
        return Int(receiveRate < sendRate * 0.9 ? receiveRate * 0.95 : min(sendRate, receiveRate))
    }

    /// When `poll` may have a probe.
    func nextDeadline(isApplicationLimited: Bool) -> Instant? {
        if case .waiting = state { return .zero }
        guard isApplicationLimited, let lastProbeAt else { return nil }
        return lastProbeAt + Self.repeatInterval
    }
}
