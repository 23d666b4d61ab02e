import RTP

/// The RTP header extensions that we offer and accept. Packets of all sections share their ids, as BUNDLE demands
/// (RFC 9143 §9.1).
enum HeaderExtension: CaseIterable {
    case mid, audioLevel, transportSequenceNumber, absoluteSendTime

    init?(uri: String) {
        guard let known = HeaderExtension.allCases.first(where: { $0.uri == uri }) else { return nil }
        self = known
    }

    var uri: String {
        switch self {
        case .mid: RTPExtensionMap.midURI
        case .audioLevel: RTPExtensionMap.audioLevelURI
        case .transportSequenceNumber: RTPExtensionMap.transportSequenceNumberURI
        case .absoluteSendTime: RTPExtensionMap.absoluteSendTimeURI
        }
    }

    /// The id in our offers, where it is free: those that Chrome and Janus use.
    var preferredID: UInt8 {
        switch self {
        case .audioLevel: 1
        case .absoluteSendTime: 2
        case .transportSequenceNumber: 3
        case .mid: 4
        }
    }

    func serves(_ kind: MediaKind) -> Bool {
        switch self {
        case .audioLevel: kind == .audio
        case .mid, .transportSequenceNumber, .absoluteSendTime: true
        }
    }

    func set(_ id: UInt8, in map: inout RTPExtensionMap) {
        switch self {
        case .mid: map.mid = id
        case .audioLevel: map.audioLevel = id
        case .transportSequenceNumber: map.transportSequenceNumber = id
        case .absoluteSendTime: map.absoluteSendTime = id
        }
    }
}
