/// How long the policy waits for an answer that the shell owes it: a second line of defence, longer than every timeout
/// below, so that no command stays unanswered and no room hangs.
enum Patience {
    static let join = Duration.seconds(45)
    static let leave = Duration.seconds(10)
    static let operation = Duration.seconds(15)
    static let device = Duration.seconds(3)
    static let calendars = Duration.seconds(20)
    /// How long a failure stays on the display.
    static let notice = Duration.seconds(30)
}
