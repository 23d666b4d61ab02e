import Base

/// A text on the display that goes away by itself.
struct TimedMessage: Hashable, Sendable {
    var title: String
    var detail: String
    var until: Instant
}
