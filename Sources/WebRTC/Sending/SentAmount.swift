/// How much of a stream has been sent, retransmissions apart.
///
/// Counted in 64 bits; sender reports take the lower 32 (RFC 3550 §6.4.1), which a stream of 3 Mb/s uses up in three
/// hours.
struct SentAmount: Hashable, Sendable {
    private(set) var packets: UInt64 = 0
    /// Of payload.
    private(set) var octets: UInt64 = 0

    mutating func add(payloadByteCount: Int) {
        packets += 1
        octets += UInt64(payloadByteCount)
    }

    var reportedPackets: UInt32 { UInt32(truncatingIfNeeded: packets) }
    var reportedOctets: UInt32 { UInt32(truncatingIfNeeded: octets) }
}
