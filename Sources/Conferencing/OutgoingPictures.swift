public import WebRTC

/// What becomes of the pictures that we make.
public enum OutgoingPictures: Hashable, Sendable {
    /// There is no connection, or the other end has not answered yet.
    case unsettled
    /// The other end takes none that we can make.
    case refused
    case encoded(Codec)
}
