import Base

/// The packets sent last, kept for retransmission in a ring that never grows: bounded by count and by age.
struct PacketHistory: Sendable {
    private struct Slot: Sendable {
        var bytes: [UInt8] = []
        var sequenceNumber: SequenceNumber?
        var sentAt = Instant.zero
        /// nil as long as it was sent once only.
        var lastRetransmittedAt: Instant?
    }

    private var slots: [Slot]
    private let maximumAge: Duration

    /// - Parameter capacity: a power of two, so that the ring keeps its order when sequence numbers wrap.
    init(capacity: Int, maximumAge: Duration) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0 && capacity <= 32_768, "a power of two")
        slots = Array(repeating: Slot(), count: capacity)
        self.maximumAge = maximumAge
    }

    private func index(_ sequenceNumber: SequenceNumber) -> Int {
        Int(sequenceNumber.raw) & (slots.count - 1)
    }

    /// Keeps a copy, over the packet that stood in its place.
    mutating func insert(_ packet: [UInt8], sequenceNumber: SequenceNumber, at now: Instant) {
        let index = index(sequenceNumber)
        slots[index].bytes.removeAll(keepingCapacity: true)
        // At once for the longest that may stand here: the next time round nothing grows.
        slots[index].bytes.reserveCapacity(max(packet.count, OutgoingStream.bufferBytes))
        slots[index].bytes.append(contentsOf: packet)
        slots[index].sequenceNumber = sequenceNumber
        slots[index].sentAt = now
        slots[index].lastRetransmittedAt = nil
    }

    /// Whether the packet is here, young enough, and was not sent *again* within the last `interval`; if so, it counts as
    /// sent again now. The first request is heeded however soon it comes: on a way that has become shorter the interval
    /// would be too long, and nobody asks before a packet can have come.
    mutating func takeForRetransmission(_ number: SequenceNumber, interval: Duration, at now: Instant) -> Bool {
        let index = index(number)
        guard slots[index].sequenceNumber == number, now - slots[index].sentAt <= maximumAge,
            slots[index].lastRetransmittedAt.map({ now - $0 >= interval }) ?? true
        else { return false }
        slots[index].lastRetransmittedAt = now
        return true
    }

    /// Calls `body` with the bytes of a packet that is here.
    func withPacket(_ number: SequenceNumber, _ body: (Span<UInt8>) -> Void) {
        let index = index(number)
        guard slots[index].sequenceNumber == number else { return }
        let bytes = slots[index].bytes
        body(bytes.span)
    }

    /// Whether a packet with this number is here and young enough.
    func contains(_ number: SequenceNumber, at now: Instant) -> Bool {
        let index = index(number)
        return slots[index].sequenceNumber == number && now - slots[index].sentAt <= maximumAge
    }
}
