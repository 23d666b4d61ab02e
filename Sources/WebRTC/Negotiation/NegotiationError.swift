public import SDP

/// Why a description was not made or not taken. The negotiator is as it was before.
public enum NegotiationError: Error, Hashable, Sendable {
    /// The operation is not for this state.
    case wrongState(operation: Operation, state: SignalingState)
    /// `setLocalDescription` got something else than the last `createOffer` or `createAnswer` gave.
    case notCreatedHere
    /// `pranswer` is not spoken.
    case provisionalAnswer
    case unknownTransceiver(TransceiverID)
    /// An offer without any media section would set up nothing.
    case nothingToOffer
    case tooManyMediaSections(count: Int, limit: Int)
    /// Sections may be refused, but never go (RFC 3264 §8).
    case mediaSectionsRemoved(count: Int, before: Int)
    /// An answer must have a section for each of the offer.
    case mediaSectionsDiffer(offered: Int, answered: Int)
    case mediaTypeChanged(index: Int, expected: MediaType, came: MediaType)
    case midChanged(index: Int, expected: String, came: String)
    case duplicateMid(String)
    case duplicateExtensionID(UInt16)
    case missingICECredentials(mid: String)
    case missingFingerprint(mid: String)
    case missingSetup(mid: String)
    case unusableSetup(Setup, in: SessionDescription.Kind)
    case rtcpMuxRefused(mid: String)
    case bundleRefused(mid: String)
    case noCommonCodec(mid: String)
    /// An answer changed credentials though the offer did not restart ICE, or kept them though it did.
    case unexpectedCredentials
    /// A new certificate or role needs a new DTLS association, and that a new connection.
    case associationChanged
    /// The payload types or extension ids are used up.
    case identifiersExhausted

    public enum Operation: String, Hashable, Sendable {
        case createOffer, createAnswer
        case setLocalOffer, setLocalAnswer, setRemoteOffer, setRemoteAnswer
        case rollbackLocal, rollbackRemote
    }
}

extension NegotiationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongState(let operation, let state):
            "\(operation.rawValue) expects state \(operation.expectedState.rawValue), but the state is "
                + state.rawValue
        case .notCreatedHere:
            "expected the description that was created last, unchanged but for candidates; create it anew"
        case .provisionalAnswer:
            "expected an offer, answer or rollback, got a provisional answer; wait for the final one"
        case .unknownTransceiver(let id): "there is no \(id) (any more)"
        case .nothingToOffer: "nothing to offer; add a transceiver first"
        case .tooManyMediaSections(let count, let limit): "expected at most \(limit) media sections, got \(count)"
        case .mediaSectionsRemoved(let count, let before):
            "expected at least the \(before) media sections of before, got \(count)"
        case .mediaSectionsDiffer(let offered, let answered):
            "expected an answer to each of \(offered) media sections, got \(answered)"
        case .mediaTypeChanged(let index, let expected, let came):
            "media section \(index): expected \(expected), got \(came)"
        case .midChanged(let index, let expected, let came):
            "media section \(index): expected mid \(expected), got \(came)"
        case .duplicateMid(let mid): "expected each mid once, got \(mid) twice"
        case .duplicateExtensionID(let id): "expected one header extension an id, got several with \(id)"
        case .missingICECredentials(let mid): "section \(mid): expected usable a=ice-ufrag and a=ice-pwd"
        case .missingFingerprint(let mid): "section \(mid): expected an a=fingerprint of sha-256, sha-384 or sha-512"
        case .missingSetup(let mid): "section \(mid): expected a=setup"
        case .unusableSetup(let setup, let kind): "a=setup:\(setup.rawValue) is of no use in an \(kind.rawValue)"
        case .rtcpMuxRefused(let mid): "section \(mid): expected a=rtcp-mux; a separate RTCP port is not supported"
        case .bundleRefused(let mid):
            "section \(mid): expected it in the BUNDLE group; more transports are not supported"
        case .noCommonCodec(let mid): "section \(mid): expected one of the codecs offered, got none"
        case .unexpectedCredentials: "expected new ICE credentials exactly where ICE was restarted"
        case .associationChanged:
            "expected the certificate and DTLS role of before; open a new connection for a new association"
        case .identifiersExhausted: "no payload type or header extension id is left"
        }
    }
}

extension NegotiationError.Operation {
    /// The only state in which the operation is allowed.
    var expectedState: SignalingState {
        switch self {
        case .createOffer, .setLocalOffer, .setRemoteOffer: .stable
        case .createAnswer, .setLocalAnswer, .rollbackRemote: .haveRemoteOffer
        case .setRemoteAnswer, .rollbackLocal: .haveLocalOffer
        }
    }
}
