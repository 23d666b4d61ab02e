/// How far an agent has come; the names are those of W3C's RTCIceTransportState.
public enum ICEConnectionState: String, Hashable, Sendable {
    /// No remote credentials yet.
    case new
    case checking
    /// A pair is nominated and alive.
    case connected
    /// The selected pair has been silent for a while; consent has not expired yet, so this may heal by itself.
    case disconnected
    /// No pair was found, or consent to send expired. Only `restart` leads out.
    case failed
    case closed
}
