public import Base
import Digests

/// A STUN message (RFC 8489) with the attributes that ICE (RFC 8445 §16), address discovery and a TURN client (RFC 8656
/// §18) need. DATA is left to `TURNFraming`, which neither copies nor allocates.
///
/// Attributes that nobody here reads are skipped; those that had to be understood are listed in `notUnderstood`.
public struct STUNMessage: Hashable, Sendable {
    /// The two class bits of the message type.
    public enum Class: UInt16, Hashable, Sendable {
        case request = 0
        case indication = 1
        case success = 2
        case error = 3
    }

    /// The Binding method (RFC 8489 §18.2).
    public static let binding: UInt16 = 1
    /// TURN's methods (RFC 8656 §17).
    public static let allocate: UInt16 = 3
    public static let refresh: UInt16 = 4
    public static let send: UInt16 = 6
    public static let data: UInt16 = 7
    public static let createPermission: UInt16 = 8
    public static let channelBind: UInt16 = 9
    /// Bytes of the header.
    public static let headerSize = 20
    static let magicCookie: UInt32 = 0x2112_A442
    static let fingerprintMask: UInt32 = 0x5354_554E
    static let integritySize = 20

    public var messageClass: Class
    /// 12 bits.
    public var method: UInt16
    public var transactionID: STUNTransactionID

    public var software: String?
    public var username: String?
    /// PRIORITY: the priority a peer-reflexive candidate learnt from this check would have.
    public var priority: UInt32?
    /// ICE-CONTROLLED: the sender is controlled; its tie-breaker.
    public var iceControlled: UInt64?
    /// ICE-CONTROLLING: the sender is controlling; its tie-breaker.
    public var iceControlling: UInt64?
    public var useCandidate = false
    public var mappedAddress: SocketAddress?
    public var xorMappedAddress: SocketAddress?
    public var errorCode: STUNErrorCode?
    /// REALM of long-term credentials.
    public var realm: String?
    /// NONCE of long-term credentials: to be given back byte by byte.
    public var nonce: [UInt8]?
    /// CHANNEL-NUMBER (RFC 8656 §18.1).
    public var channelNumber: UInt16?
    /// LIFETIME in seconds (RFC 8656 §18.2).
    public var lifetime: UInt32?
    /// XOR-PEER-ADDRESS (RFC 8656 §18.3): of several the first.
    public var peerAddress: SocketAddress?
    /// XOR-RELAYED-ADDRESS (RFC 8656 §18.5): of several the first.
    public var relayedAddress: SocketAddress?
    /// REQUESTED-ADDRESS-FAMILY (RFC 8656 §18.6): 1 is IPv4, 2 is IPv6.
    public var requestedAddressFamily: UInt8?
    /// REQUESTED-TRANSPORT (RFC 8656 §18.8): the protocol number, 17 for UDP.
    public var requestedTransport: UInt8?
    /// ALTERNATE-SERVER (RFC 8489 §14.15).
    public var alternateServer: SocketAddress?
    /// UNKNOWN-ATTRIBUTES: types that the sender of an error 420 did not understand.
    public var unknownAttributes: [UInt16] = []

    /// Types that this parser had to understand and did not (at most 32 are kept); never written.
    public internal(set) var notUnderstood: [UInt16] = []
    /// Where MESSAGE-INTEGRITY stands in the parsed datagram; nil where there is none.
    public internal(set) var integrityOffset: Int?
    /// Whether a (correct) FINGERPRINT was there.
    public internal(set) var hasFingerprint = false

    public init(_ messageClass: Class, method: UInt16 = STUNMessage.binding, transactionID: STUNTransactionID) {
        self.messageClass = messageClass
        self.method = method & 0xFFF
        self.transactionID = transactionID
    }

    /// Whether a datagram has the size, leading bits, magic cookie and length of a STUN message (RFC 8489 §5).
    public static func hasHeader(_ datagram: Span<UInt8>) -> Bool {
        var reader = ByteReader(datagram)
        guard let type = try? reader.readUInt16(), let length = try? reader.readUInt16(),
            let cookie = try? reader.readUInt32()
        else { return false }
        return type >> 14 == 0 && cookie == magicCookie && length % 4 == 0
            && Int(length) + headerSize == datagram.count
    }

    /// Whether MESSAGE-INTEGRITY (HMAC-SHA1, RFC 8489 §14.5) is there and was made with `password`.
    ///
    /// - Parameter datagram: the very bytes this message was parsed from.
    public func isAuthentic(password: String, in datagram: Span<UInt8>) -> Bool {
        isAuthentic(key: Array(password.utf8), in: datagram)
    }

    /// The same with a key that is no password, as long-term credentials have it (RFC 8489 §9.2.2).
    public func isAuthentic(key: [UInt8], in datagram: Span<UInt8>) -> Bool {
        guard let offset = integrityOffset, offset + 4 + Self.integritySize <= datagram.count else { return false }
        var covered: [UInt8] = []
        covered.append(contentsOf: datagram.extracting(0..<offset))
        // The length field counts up to the end of MESSAGE-INTEGRITY, whatever follows it.
        covered.overwrite(at: 2, bigEndian: UInt16(offset + 4 + Self.integritySize - Self.headerSize))
        let expected = Digests.hmacSHA1(key: key, covered.span)
        var difference: UInt8 = 0
        for index in expected.indices { difference |= expected[index] ^ datagram[offset + 4 + index] }
        return difference == 0
    }
}
