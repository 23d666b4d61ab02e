public import Base

/// What time it is, on both clocks: the monotonic one for everything that lasts, civil time for calendars and people.
public struct RoomTime: Hashable, Sendable {
    public let monotonic: Instant
    public let civil: UTCTime
    /// Midnight before `civil` in the room's time zone: where lists of the schedule begin. Left out, they begin 24 hours
    /// ago.
    public let startOfToday: UTCTime?

    public init(monotonic: Instant, civil: UTCTime, startOfToday: UTCTime? = nil) {
        self.monotonic = monotonic
        self.civil = civil
        self.startOfToday = startOfToday
    }
}
