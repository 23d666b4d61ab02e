import Base

/// The bitrate that losses allow: down with more than a tenth lost, up with less than a fiftieth, else as it is
/// (draft-ietf-rmcat-gcc-02 §6).
struct LossBasedEstimator: Sendable {
    /// In bits a second.
    private(set) var estimate: Int
    private let range: ClosedRange<Int>
    private var lost = 0
    private var expected = 0
    private var raisedAt: Instant?
    private var loweredAt: Instant?
    /// The share of packets lost in the last whole measurement, 0…1.
    private(set) var lossRate = 0.0

    /// The most loss at which a probe still tells what the path carries.
    private static let probeLimit = 0.05
    /// Fewer packets say nothing about a share.
    private static let enoughPackets = 20

    init(start: Int, range: ClosedRange<Int>) {
        estimate = min(max(start, range.lowerBound), range.upperBound)
        self.range = range
    }

    /// Adds what a report says; a negative loss takes an earlier one back.
    mutating func add(lost: Int, expected: Int) {
        self.lost = max(0, self.lost + lost)
        self.expected = max(0, self.expected + expected)
    }

    /// Moves the estimate when enough packets are accounted for.
    mutating func update(isApplicationLimited: Bool, roundTrip: Duration, at now: Instant) {
        guard expected >= Self.enoughPackets else { return }
        lossRate = min(1, Double(lost) / Double(expected))
        lost = 0
        expected = 0
        if lossRate > 0.1 {
            raisedAt = now
            guard loweredAt.map({ now - $0 >= .milliseconds(300) + roundTrip }) ?? true else { return }
            loweredAt = now
            set(Double(estimate) * (1 - 0.5 * lossRate))
        } else if lossRate < 0.02, !isApplicationLimited {
            let elapsed = min((now - (raisedAt ?? now)).inSeconds, 1)
            raisedAt = now
            set(Double(estimate) * (1 + 0.08 * elapsed) + 1000 * elapsed)
        } else {
            raisedAt = now
        }
    }

    /// Whether so little is lost that probing is worth its while; what a probe shows then counts.
    var allowsProbes: Bool { lossRate < Self.probeLimit }

    /// Follows another estimate up, as after a probe: loss has said nothing against it.
    mutating func raise(to bitrate: Int) {
        if allowsProbes { set(Double(max(estimate, bitrate))) }
    }

    /// Goes on from an earlier estimate: what was lost while the path was dead says nothing about it.
    mutating func resume(at bitrate: Int) {
        lost = 0
        expected = 0
        set(Double(max(estimate, bitrate)))
    }

    mutating func limit(to bitrate: Int) {
        set(Double(min(estimate, bitrate)))
    }

    private mutating func set(_ bitrate: Double) {
        estimate = min(max(Int(bitrate), range.lowerBound), range.upperBound)
    }
}
