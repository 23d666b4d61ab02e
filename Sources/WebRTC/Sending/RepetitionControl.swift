import Base

/// How often a picture's packets are sent once more unasked, because the way loses so many that asking takes too long.
///
/// An SFU asks a publisher seldom (Janus 1.1: twice, and then gives up), and what it lacks every participant lacks. A
/// copy a little later makes a loss of p one of p². It costs the bitrate of the pictures, which is shared between them
/// and their copies; while the way is congested there are none.
///
/// What the way loses is measured on what leaves first: of packets with copies it shows in when they come.
struct RepetitionControl: Hashable, Sendable {
    /// What reports say about first sendings whose fate was not known.
    struct Outcome: Hashable, Sendable {
        var lost = 0
        var expected = 0
    }

    /// 0…3.
    private(set) var copies = 0
    private var lost = 0.0
    private var expected = 0.0
    private var measuredAt: Instant?
    private var changedAt = Instant.zero
    private var barredUntil = Instant.zero

    /// What was lost is forgotten in about so long.
    private static let memory = Duration.seconds(5)
    /// From one change to the next with fewer copies.
    private static let hold = Duration.seconds(15)
    private static let pauseAfterCongestion = Duration.seconds(5)
    private static let pauseAfterCollapse = Duration.seconds(20)
    private static let enoughPackets = 100.0
    /// Fewer are chance.
    private static let enoughLost = 4.0
    /// The share of packets lost from which on there are one, two, three copies: so that of a thousand packets about one at
    /// most is left for the other side to ask for.
    private static let steps = [0.012, 0.035, 0.075]
    /// As a share of the step that was taken up: below it is taken down again.
    private static let distance = 0.6
    /// More is no loss by chance but a way that is dead, or far too narrow.
    private static let most = 0.2

    mutating func add(_ outcome: Outcome, isCongested: Bool, at now: Instant) {
        let passed = measuredAt.map { max(now - $0, .zero) } ?? .zero
        measuredAt = now
        let kept = max(0, 1 - passed.inSeconds / Self.memory.inSeconds)
        lost = max(0, lost * kept + Double(outcome.lost))
        expected = max(0, expected * kept + Double(outcome.expected))
        if isCongested {
            barredUntil = now + Self.pauseAfterCongestion
            change(to: 0, at: now)
            return
        }
        guard now >= barredUntil else { return }
        guard expected >= Self.enoughPackets else {
            // With fewer copies more is known.
            if now - changedAt >= Self.hold { change(to: max(copies - 1, 0), at: now) }
            return
        }
        let share = lost >= Self.enoughLost ? lost / expected : 0
        guard share <= Self.most else {
            barredUntil = now + Self.pauseAfterCollapse
            change(to: 0, at: now)
            return
        }
        let wanted = Self.steps.count { share >= $0 }
        if wanted > copies {
            change(to: wanted, at: now)
        } else if copies > 0, share < Self.steps[copies - 1] * Self.distance, now - changedAt >= Self.hold {
            change(to: copies - 1, at: now)
        }
    }

    private mutating func change(to new: Int, at now: Instant) {
        guard new != copies else { return }
        copies = new
        changedAt = now
        // What made it change was perhaps only the beginning.
        lost = 0
        expected = 0
    }
}
