/// The 7-bit number that says which negotiated format a packet carries (RFC 3550 §5.1).
public struct PayloadType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    /// - Returns: nil above 127.
    public init?(rawValue: UInt8) {
        guard rawValue < 128 else { return nil }
        self.rawValue = rawValue
    }

    /// - Parameter number: 0…127; anything else is a mistake of ours and traps.
    public init(_ number: UInt8) {
        precondition(number < 128, "payload types end at 127, got \(number)")
        rawValue = number
    }

    /// The type in the second byte of an RTP packet, whose top bit is the marker.
    init(secondByte byte: UInt8) {
        rawValue = byte & 0x7F
    }

    public var description: String { String(rawValue) }
}
