import Base
import Meeting

/// When to ask who is in the room, and what has been told meanwhile.
///
/// The answer and the room's events are made apart from each other: on the wire the answer may come after an event that
/// is younger than it. So about whom something was told while it was under way, it says nothing.
struct Census: Sendable {
    /// Askings after a link was lost until somebody who sends without having been announced is looked into otherwise.
    static let limit = 2
    /// Between two, where a crowd comes and goes that is larger than what is kept.
    private static let crowdInterval = Duration.seconds(30)
    private static let patience = Duration.seconds(1)
    /// More events while one is under way make it worthless.
    private static let toldLimit = 2 * Roster.limit

    /// When to ask next.
    private(set) var due: Instant?
    /// Askings since the link was lost last.
    private(set) var count = 0
    /// Somebody is in the room who could not be listed.
    var isCrowded = false
    private var askedAt: Instant?
    /// Nil while none is under way.
    private var told: Set<ParticipantID>?

    /// Nothing can be asked for now.
    mutating func stop() {
        due = nil
        told = nil
    }

    mutating func restart() {
        stop()
        count = 0
    }

    mutating func asked(at now: Instant) {
        due = nil
        count += 1
        askedAt = now
        told = []
    }

    /// An event told of somebody.
    mutating func tell(_ id: ParticipantID) {
        if told?.count ?? .max < Self.toldLimit { told?.insert(id) }
    }

    func hasBeenTold(of id: ParticipantID) -> Bool { told?.contains(id) == true }

    /// The answer is here.
    /// - Returns: false when too much has happened meanwhile, and another is asked for.
    mutating func answered(at now: Instant) -> Bool {
        let isOfUse = told.map { $0.count < Self.toldLimit } ?? false
        if isOfUse { isCrowded = false } else { again(at: now) }
        return isOfUse
    }

    mutating func closed() {
        told = nil
    }

    /// Asks once more, a moment later.
    mutating func again(at now: Instant) {
        told = nil
        due = now + Self.patience
    }

    /// There is room for more people in the list.
    mutating func hasRoom(at now: Instant) {
        guard isCrowded, due == nil, told == nil else { return }
        count = 0
        due = max(now + Self.patience, askedAt.map { $0 + Self.crowdInterval } ?? now)
    }
}
