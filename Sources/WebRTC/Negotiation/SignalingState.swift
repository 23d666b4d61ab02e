/// Where the offer/answer exchange stands (RFC 9429 §3.2). Provisional answers are not spoken here.
public enum SignalingState: String, Hashable, Sendable {
    case stable
    case haveLocalOffer = "have-local-offer"
    case haveRemoteOffer = "have-remote-offer"
}
