import Base

/// A page flip that has happened.
struct KMSFlip: Hashable {
    /// What the commit was given.
    var token: UInt64
    /// The vertical blank; nil where the driver does not say.
    var time: Instant?
}
