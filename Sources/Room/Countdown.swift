import Base

/// The announcement of a join by itself.
struct Countdown: Hashable, Sendable {
    var event: String
    var title: String
    /// When the room joins.
    var joinAt: Instant
}
