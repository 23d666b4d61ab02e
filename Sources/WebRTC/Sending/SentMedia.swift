public import Base

/// A sound packet, or a whole picture, that has left.
public struct SentMedia: Hashable, Sendable {
    public var kind: MediaKind
    /// When its encoder was done with it.
    public var readyAt: Instant
}
