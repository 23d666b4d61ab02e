import Base

/// The occurrences of all meetings, no more of them than are listed.
///
/// Whoever can invite the room writes into its calendar. So the next of each meeting comes before a second of any, and
/// what has ended comes last: no series, however dense, hides another meeting.
struct Crowd {
    /// The less, the sooner it is kept.
    private struct Place {
        var isOver: Bool
        /// Among the meeting's own.
        var rank: Int
        /// From now to its start, or back.
        var distance: Int64
        var occurrence: Series.Occurrence

        static func isBefore(_ one: Place, _ other: Place) -> Bool {
            if one.isOver != other.isOver { return other.isOver }
            if one.rank != other.rank { return one.rank < other.rank }
            if one.distance != other.distance { return one.distance < other.distance }
            return one.occurrence.id < other.occurrence.id
        }
    }

    private let limits: ICalendarLimits
    /// Seconds since 1970, as in `Series.Occurrence`.
    private let now: Int64
    private var places: [Place] = []
    private var leftOut = 0
    private var firstLeftOut: Int64?

    init(_ limits: ICalendarLimits, at now: Int64) {
        self.limits = limits
        self.now = now
    }

    /// - Parameter occurrences: all of one meeting.
    mutating func add(_ occurrences: [Series.Occurrence]) {
        let start = places.count
        for occurrence in occurrences {
            let isOver = occurrence.isOver(at: now)
            // What is under way comes before what comes, as it begins before it.
            let distance = isOver ? now - occurrence.start : occurrence.start - now
            places.append(Place(isOver: isOver, rank: 0, distance: distance, occurrence: occurrence))
        }
        places[start...].sort(by: Place.isBefore)
        for index in places[start...].indices { places[index].rank = index - start }
        if places.count > max(limits.expansions, limits.occurrences) { cut() }
    }

    /// All that are listed, in no order.
    mutating func finish() -> [Series.Occurrence] {
        cut()
        return places.map(\.occurrence)
    }

    /// What is left out, for people; nil when nothing is.
    var complaint: String? {
        guard leftOut > 0 else { return nil }
        let first = firstLeftOut.map { ", the next of them at \(UTCTime(seconds: $0))" } ?? ", all of them over"
        return "more than \(limits.occurrences) meetings in the window; \(leftOut) are left out\(first)"
    }

    private mutating func cut() {
        guard places.count > limits.occurrences else { return }
        places.sort(by: Place.isBefore)
        let rest = places[limits.occurrences...]
        leftOut += rest.count
        let coming = rest.lazy.filter { !$0.isOver }.map(\.occurrence.start).min()
        firstLeftOut = [firstLeftOut, coming].compactMap(\.self).min()
        places.removeSubrange(limits.occurrences...)
    }
}

extension Series.Occurrence {
    /// A meeting without a length is over when it has begun.
    func isOver(at now: Int64) -> Bool { end <= now && start < now }
}
