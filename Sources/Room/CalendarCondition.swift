import Base
import ControlAPI

/// What is known of the calendars as such.
struct CalendarCondition: Hashable, Sendable {
    /// A client that waits for the calendars to be read again.
    struct Waiter: Hashable, Sendable {
        var id: CommandID
        var deadline: Instant
        /// The reading under way began after the client had asked.
        var isUnderWay = false
    }

    /// When the civil clock has moved by so much against the monotonic one, the calendars are read anew.
    static let clockJump = Duration.seconds(60)

    var state = RoomState.Schedule.Condition.ok
    /// There are none to be read.
    var isUnconfigured = false
    var refreshed: UTCTime?
    /// When the shell last reported a reading, a good or a bad one; nil once its silence has been reported.
    var lastReading: Instant?
    var waiting: [Waiter] = []
}
