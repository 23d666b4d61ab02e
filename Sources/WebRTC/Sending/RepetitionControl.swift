import Base

/// How often a picture's packets are sent once more unasked, because the way loses so many that asking takes too long.
///
/// An SFU asks a publisher seldom (Janus 1.1: twice, and then gives up), and what it lacks every participant lacks. A
/// copy a little later makes a loss of p one of p². It costs the bitrate of the pictures, which is shared between them
/// and their copies; while the way is congested there are none.
struct RepetitionControl: Hashable, Sendable {
    /// 0…2.
    private(set) var copies = 0
    private var lost = 0.0
    private var expected = 0.0
    private var measuredAt: Instant?
    private var changedAt = Instant.zero
    private var barredUntil = Instant.zero

    /// What was lost is forgotten in about so long.
    private static let memory = Duration.seconds(5)
    /// Copies hide the loss that they make up for, so they are kept up for a while after the last sign of it.
    private static let hold = Duration.seconds(15)
    private static let pauseAfterCongestion = Duration.seconds(5)
    private static let pauseAfterCollapse = Duration.seconds(20)
    private static let enoughPackets = 100.0
    /// Fewer are chance.
    private static let enoughLost = 4.0
    /// The share of packets lost at which there are one or two copies.
    private static let first = 0.025
    private static let second = 0.06
    /// More is no loss by chance but a way that is dead, or far too narrow.
    private static let most = 0.2

    /// Takes what a report says about packets whose fate was not known.
    mutating func add(lost newLost: Int, expected newExpected: Int, isCongested: Bool, at now: Instant) {
        let passed = measuredAt.map { (now - $0).inSeconds / Self.memory.inSeconds } ?? 0
        measuredAt = now
        let kept = max(0, 1 - max(passed, 0))
        lost = max(0, lost * kept + Double(newLost))
        expected = max(0, expected * kept + Double(newExpected))
        if isCongested {
            barredUntil = now + Self.pauseAfterCongestion
            change(to: 0, at: now)
            return
        }
        guard expected >= Self.enoughPackets, now >= barredUntil else { return }
        let share = lost / expected
        // With n copies what is lost of all is the share to the power of n + 1.
        let limit = (0..<copies).reduce(Self.most) { limit, _ in limit * Self.most }
        guard share <= limit || lost < Self.enoughLost else {
            barredUntil = now + Self.pauseAfterCollapse
            change(to: 0, at: now)
            return
        }
        switch copies {
        case 0: if share > Self.first { change(to: share > Self.second ? 2 : 1, at: now) }
        case 1:
            if share > Self.second * Self.second {
                change(to: 2, at: now)
            } else if share < Self.first * Self.first / 4, now - changedAt >= Self.hold {
                change(to: 0, at: now)
            }
        default:
            let little = Self.second * Self.second * Self.second / 4
            if share < little, now - changedAt >= Self.hold { change(to: 1, at: now) }
        }
    }

    private mutating func change(to new: Int, at now: Instant) {
        guard new != copies else { return }
        copies = new
        changedAt = now
        lost = 0
        expected = 0
    }
}
