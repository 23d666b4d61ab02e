/// What a calendar may be at most: whoever can invite the room writes into it.
public struct ICalendarLimits: Hashable, Sendable {
    /// Of the whole text.
    public var bytes = 16 << 20
    /// Of one entry.
    public var entryBytes = 1 << 20
    /// Components within components.
    public var depth = 16
    /// Entries that may matter in the window.
    public var entries = 50_000
    /// Occurrences in the window that are worked out before what is too much of them is let go: bounds memory.
    public var expansions = 20_000
    /// Occurrences in the window that one meeting (UID) may have: the next. Hourly, two weeks have 360.
    public var occurrencesOfOne = 500
    /// Occurrences in the window that are listed: the next of each meeting first, what has ended last. A room has a few
    /// hundred meetings in two weeks at most.
    public var occurrences = 2000
    /// Steps through recurrence rules, of all entries; each has its share.
    public var recurrenceSteps = 1_000_000
    /// Time for all recurrence rules, each of which has its share; what takes longer is left out and reported.
    public var recurrenceTime = Duration.seconds(5)
    /// Problems that are told one by one.
    public var problems = 50

    public init() {}
}
