/// STUN attribute types (IANA registry "STUN Attributes"); types below 0x8000 must be understood by the receiver.
enum STUNAttributeType {
    static let mappedAddress: UInt16 = 0x0001
    static let username: UInt16 = 0x0006
    static let messageIntegrity: UInt16 = 0x0008
    static let errorCode: UInt16 = 0x0009
    static let unknownAttributes: UInt16 = 0x000A
    static let channelNumber: UInt16 = 0x000C
    static let lifetime: UInt16 = 0x000D
    static let xorPeerAddress: UInt16 = 0x0012
    static let data: UInt16 = 0x0013
    static let realm: UInt16 = 0x0014
    static let nonce: UInt16 = 0x0015
    static let xorRelayedAddress: UInt16 = 0x0016
    static let requestedAddressFamily: UInt16 = 0x0017
    static let requestedTransport: UInt16 = 0x0019
    static let messageIntegritySHA256: UInt16 = 0x001C
    static let passwordAlgorithm: UInt16 = 0x001D
    static let userhash: UInt16 = 0x001E
    static let xorMappedAddress: UInt16 = 0x0020
    static let priority: UInt16 = 0x0024
    static let useCandidate: UInt16 = 0x0025
    static let software: UInt16 = 0x8022
    static let alternateServer: UInt16 = 0x8023
    static let fingerprint: UInt16 = 0x8028
    static let iceControlled: UInt16 = 0x8029
    static let iceControlling: UInt16 = 0x802A

    /// Whether a receiver that does not know the type must refuse the message (RFC 8489 §14).
    static func mustBeUnderstood(_ type: UInt16) -> Bool {
        type < 0x8000
    }
}
