import Base
import RTP

/// What the packets sent last were stamped with, so that they can be sent again byte for byte: a ring that never grows.
///
/// A stream without RTX repeats a packet under its own number. Under another header SRTP would encrypt it with the same
/// nonce over other authenticated bytes, and two such packets give the key of AES-GCM's authentication away
/// (RFC 7714 §8.2, RFC 3711 §9.1).
struct DepartureStamps: Sendable {
    struct Stamp: Hashable, Sendable {
        var transportSequenceNumber: UInt16?
        var absoluteSendTime: AbsoluteSendTime
        /// Where they stand; a negotiation since then may have moved them.
        var extensions: RTPExtensionMap
    }

    private struct Slot: Sendable {
        var ssrc: SSRC
        var number: SequenceNumber
        var stamp: Stamp
    }

    private static let capacity = 1024
    private var slots: [Slot?] = Array(repeating: nil, count: capacity)

    private static func index(_ number: SequenceNumber) -> Int { Int(number.raw) % capacity }

    mutating func add(_ stamp: Stamp, ssrc: SSRC, number: SequenceNumber) {
        slots[Self.index(number)] = Slot(ssrc: ssrc, number: number, stamp: stamp)
    }

    /// - Returns: nil when the packet has not left yet, or too long ago.
    func stamp(ssrc: SSRC, number: SequenceNumber) -> Stamp? {
        guard let slot = slots[Self.index(number)], slot.ssrc == ssrc, slot.number == number else { return nil }
        return slot.stamp
    }
}
