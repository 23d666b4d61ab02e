/// How long the policy waits for an answer that the shell owes it: a second line of defence, longer than every timeout
/// below, so that no command stays unanswered and no room hangs.
enum Patience {
    static let join = Duration.seconds(45)
    static let leave = Duration.seconds(10)
    static let operation = Duration.seconds(15)
    static let device = Duration.seconds(3)
    /// Devices of a meeting that is joined: if they take longer, the join is done all the same.
    static let arrival = Duration.seconds(2)
    /// One reading of the calendars: a server has 32 s (`CalendarReader.patience`), a hostile rule 5 s. Who asks during
    /// a reading waits for its end first.
    static let calendars = Duration.seconds(40)
    /// How long a failure stays on the display.
    static let notice = Duration.seconds(30)
}
