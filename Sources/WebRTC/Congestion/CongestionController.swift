import Base
import RTP

/// Chooses the bitrate we send at, from what the other side reports (send-side GCC, draft-ietf-rmcat-gcc-02).
///
/// With transport-wide feedback three voices are heard and the lowest counts: the delay-based estimate, the loss-based
/// one, and a REMB, which an SFU also uses as a plain limit. Until transport-wide feedback comes, delay is silent,
/// losses are taken from report blocks, and REMB speaks for the rest.
///
/// While we send less than we may, nothing proves that the path could carry more: the estimates then rest, and only
/// probes raise them. A report about packets whose fate is known already changes nothing.
struct CongestionController: Sendable {
    struct Configuration: Hashable, Sendable {
        /// Where to begin, in bits a second.
        var startBitrate: Int
        var minimumBitrate: Int
        var maximumBitrate: Int
        /// Whether there is a stream that can carry padding (RTX), to begin with.
        var canProbe: Bool
        /// Of the transport-wide numbers; from the connection's randomness, below 2^15.
        var firstTransportNumber: UInt16

        init(
            startBitrate: Int = 1_200_000, minimumBitrate: Int = 100_000, maximumBitrate: Int = 2_500_000,
            canProbe: Bool = true, firstTransportNumber: UInt16 = 1
        ) {
            precondition(minimumBitrate <= maximumBitrate, "the minimum bitrate is above the maximum")
            self.startBitrate = startBitrate
            self.minimumBitrate = minimumBitrate
            self.maximumBitrate = maximumBitrate
            self.canProbe = canProbe
            self.firstTransportNumber = firstTransportNumber
        }
    }

    let configuration: Configuration
    /// Whether there is a stream that can carry padding (RTX).
    var canProbe: Bool
    var roundTrip = Duration.milliseconds(100)
    /// The bitrate to send at, all streams together.
    private(set) var targetBitrate: Int
    private(set) var isApplicationLimited = false
    /// 0: the encoder may still have the target of another connection.
    private var reportedTarget = 0
    private var log: SentPacketLog
    private var delayBased: DelayBasedEstimator
    private var lossBased: LossBasedEstimator
    private var probes: ProbeController
    private var sentMeter = RateMeter(window: .seconds(1))
    private var remb: Int?
    private var arrivalClock = ArrivalClock()
    private var lastFeedbackAt: Instant?
    private var hasNumberedPackets = false
    /// When the last packet left that reports can be about.
    private var lastNumberedAt: Instant?
    /// When the first such packet left that no report came after.
    private var unreportedSince: Instant?
    private var lastBackOffAt: Instant?
    /// The target before reports stayed away.
    private var targetBeforeSilence: Int?
    private var highestReported: [SSRC: UInt32] = [:]

    init(_ configuration: Configuration, at now: Instant) {
        self.configuration = configuration
        canProbe = configuration.canProbe
        let range = configuration.minimumBitrate...configuration.maximumBitrate
        delayBased = DelayBasedEstimator(start: configuration.startBitrate, range: range)
        lossBased = LossBasedEstimator(start: configuration.startBitrate, range: range)
        probes = ProbeController(maximum: configuration.maximumBitrate)
        log = SentPacketLog(capacity: 8192, firstNumber: configuration.firstTransportNumber)
        targetBitrate = delayBased.estimate
    }

    /// Whether the other side sends transport-wide feedback: what it does counts, not what it agreed to.
    var hasFeedback: Bool { lastFeedbackAt != nil }
    /// The share of our packets that was lost lately, 0…1.
    var lossRate: Double { lossBased.lossRate }
    /// What got through lately, in bits a second.
    var acknowledgedBitrate: Int? { delayBased.acknowledged }
    var usage: TrendlineEstimator.Usage { delayBased.usage }

    // MARK: - What we send

    /// Takes note of a packet that leaves now and numbers it.
    /// - Parameter copies: see `SentPacketLog.Entry`.
    mutating func packetSent(byteCount: Int, probe: Int?, copies: Int? = nil, at now: Instant) -> UInt16 {
        unnumberedPacketSent(byteCount: byteCount, at: now)
        hasNumberedPackets = true
        // What was sent before a pause was perhaps never reported: the other side's patience begins anew.
        if let lastNumberedAt, now - lastNumberedAt >= Self.pause { unreportedSince = nil }
        unreportedSince = unreportedSince ?? now
        lastNumberedAt = now
        return log.add(byteCount: byteCount, probe: probe, copies: copies, at: now)
    }

    /// Takes note of a packet without the transport-wide extension.
    mutating func unnumberedPacketSent(byteCount: Int, at now: Instant) {
        sentMeter.add(byteCount, at: now)
        judgeLoad(at: now)
    }

    /// With some distance between entering and leaving, so as not to flap.
    private mutating func judgeLoad(at now: Instant) {
        guard let sent = sentMeter.bitrate(at: now) else { return }
        let share = Double(sent) / Double(targetBitrate)
        isApplicationLimited = isApplicationLimited ? share < 0.8 : share < 0.65
    }

    // MARK: - What is reported

    /// Takes transport-wide feedback. What it repeats is ignored.
    /// - Returns: what it says that was not known before about the first sending of every packet, as far as that can be
    ///   told.
    @discardableResult
    mutating func handle(_ feedback: TransportFeedback, at now: Instant) -> RepetitionControl.Outcome {
        var first = RepetitionControl.Outcome()
        guard hasNumberedPackets else { return first }
        var stepped = false
        var arrival = arrivalClock.reference(feedback.referenceTime, stepped: &stepped)
        if stepped { delayBased.forgetArrivals() }
        let latest = latestTransit(in: feedback, from: arrival)
        var lost = 0
        var expected = 0
        let base = log.unwrap(feedback.baseSequenceNumber.raw)
        var proved: Int?
        for (index, status) in feedback.statuses.enumerated() {
            switch status {
            case .lost:
                guard let entry = log.settle(base + Int64(index), as: .lost), entry.fate == .unknown else { continue }
                lost += 1
                expected += 1
                first.lost += 1
                first.expected += 1
            case .received(let delta):
                arrival += TransportFeedback.tick * Int(delta)
                guard let entry = log.settle(base + Int64(index), as: .received), entry.fate != .received else {
                    continue
                }
                let hasCopies = entry.copies ?? 0 > 0
                // Of the copies nobody reports, but the path has carried them. That one of them came first, as the packet
                // itself was lost, is no sign of a queue.
                let isPunctual = !hasCopies || latest.map { arrival - entry.sentAt <= $0 } ?? true
                // Said to be lost before: it was only late, or a copy has come.
                if entry.fate == .lost {
                    lost -= 1
                    if !hasCopies { first.lost -= 1 }
                } else {
                    expected += 1
                    if !hasCopies || latest != nil {
                        first.expected += 1
                        if !isPunctual { first.lost += 1 }
                    }
                }
                delayBased.add(
                    byteCount: entry.byteCount * (1 + (entry.copies ?? 0)), sent: entry.sentAt, arrival: arrival,
                    isPunctual: isPunctual)
                if let probe = entry.probe {
                    proved =
                        probes.add(probe: probe, byteCount: entry.byteCount, sent: entry.sentAt, arrival: arrival)
                        ?? proved
                }
            }
        }
        lastFeedbackAt = now
        unreportedSince = nil
        guard expected > 0 || lost != 0 else { return first }
        judgeLoad(at: now)
        lossBased.add(lost: lost, expected: expected)
        lossBased.update(isApplicationLimited: isApplicationLimited, roundTrip: roundTrip, at: now)
        delayBased.update(isApplicationLimited: isApplicationLimited, roundTrip: roundTrip, at: now)
        if let proved {
            delayBased.probed(proved)
            lossBased.raise(to: delayBased.estimate)
        }
        endSilence()
        updateTarget()
        return first
    }

    /// Reports come again: the path was dead and is what it was, more often than it has become as narrow as backing off
    /// supposed. From half of what it carried the next reports lead on; from the little that is left, the first key frame
    /// would take seconds.
    private mutating func endSilence() {
        guard let before = targetBeforeSilence else { return }
        targetBeforeSilence = nil
        delayBased.probed(before / 2)
        lossBased.resume(at: before / 2)
    }

    /// A copy comes at least so much later than the first.
    private static let copyDelay = Duration.milliseconds(9)

    /// The longest time on the way at which a packet is taken for the first sending; nil without copies, and when too many
    /// come later than that for all of these to be copies: then it is a queue.
    /// - Parameter reference: of the report, on the other side's clock.
    private func latestTransit(in feedback: TransportFeedback, from reference: Instant) -> Duration? {
        var least: Duration?
        var hasCopies = false
        forEachTransit(in: feedback, from: reference) { transit, isCopied in
            least = min(least ?? transit, transit)
            if isCopied { hasCopies = true }
        }
        guard hasCopies else { return nil }
        guard let limit = least.map({ $0 + Self.copyDelay }) else { return nil }
        var (late, all) = (0, 0)
        forEachTransit(in: feedback, from: reference) { transit, _ in
            all += 1
            if transit > limit { late += 1 }
        }
        return late * 10 <= all * 3 ? limit : nil
    }

    private func forEachTransit(
        in feedback: TransportFeedback, from reference: Instant, _ body: (_ transit: Duration, _ isCopied: Bool) -> Void
    ) {
        var arrival = reference
        let first = log.unwrap(feedback.baseSequenceNumber.raw)
        for (index, status) in feedback.statuses.enumerated() {
            guard case .received(let delta) = status else { continue }
            arrival += TransportFeedback.tick * Int(delta)
            guard let entry = log.entry(first + Int64(index)) else { continue }
            body(arrival - entry.sentAt, entry.copies ?? 0 > 0)
        }
    }

    /// Takes the limit that the other side names.
    mutating func handle(_ remb: REMB) {
        self.remb = Int(min(remb.bitrate, UInt64(Int32.max) * 1000))
        updateTarget()
    }

    /// Takes what a report says about losses; it counts only where there is no transport-wide feedback.
    mutating func handle(_ block: ReportBlock, at now: Instant) {
        guard !hasFeedback else { return }
        let highest = block.extendedHighestSequenceNumber
        let before = highestReported[block.ssrc]
        // Our own streams are few: anything more is not about us.
        guard before != nil || highestReported.count < 32 else { return }
        highestReported[block.ssrc] = highest
        guard let before, highest &- before < 0x8000 else { return }
        let expected = Int(highest &- before)
        lossBased.add(lost: expected * Int(block.fractionLost) / 256, expected: expected)
        lossBased.update(isApplicationLimited: isApplicationLimited, roundTrip: roundTrip, at: now)
        updateTarget()
    }

    private mutating func updateTarget() {
        var target = lossBased.estimate
        if hasFeedback { target = min(target, delayBased.estimate) }
        if let remb { target = min(target, remb) }
        targetBitrate = min(max(target, configuration.minimumBitrate), configuration.maximumBitrate)
    }

    // MARK: - Outputs

    /// The probe to send now, if any.
    mutating func pollProbe(at now: Instant) -> ProbeCluster? {
        guard hasNumberedPackets, canProbe else { return nil }
        let ceiling = min(remb ?? configuration.maximumBitrate, configuration.maximumBitrate)
        let mayProbe = targetBitrate < ceiling && delayBased.usage == .normal && lossBased.allowsProbes
        return probes.poll(
            estimate: targetBitrate, isApplicationLimited: isApplicationLimited, canProbe: mayProbe, at: now)
    }

    /// The new target when it differs by a fiftieth or more from the one given out last.
    mutating func pollTargetBitrate() -> Int? {
        guard abs(targetBitrate - reportedTarget) * 50 >= reportedTarget else { return nil }
        reportedTarget = targetBitrate
        return targetBitrate
    }

    /// After so long without a word the path is taken to be worse than we think.
    private static let feedbackTimeout = Duration.seconds(2)
    /// After so long without a packet that could be reported on, none are expected to be.
    private static let pause = Duration.seconds(1)

    var nextDeadline: Instant? {
        guard hasFeedback, let unreportedSince else { return nil }
        return max(unreportedSince + Self.feedbackTimeout, (lastBackOffAt ?? .zero) + .seconds(1))
    }

    /// Backs off when feedback that used to come stays away although we send what it would be about.
    mutating func handleTimeout(at now: Instant) {
        guard let nextDeadline, nextDeadline <= now else { return }
        guard let lastNumberedAt, now - lastNumberedAt < Self.pause else {
            unreportedSince = nil
            return
        }
        lastBackOffAt = now
        targetBeforeSilence = targetBeforeSilence ?? targetBitrate
        let lowered = max(targetBitrate * 4 / 5, configuration.minimumBitrate)
        delayBased.limit(to: lowered)
        lossBased.limit(to: lowered)
        updateTarget()
    }
}
