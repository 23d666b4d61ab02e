public import Base

/// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
///
/// A value is kept and reused: reading into it does not allocate once its list has grown.
public struct TransportFeedback: Hashable, Sendable {
    /// What happened to one packet.
    public enum Status: Hashable, Sendable {
        case lost
        /// The time since the packet received before it, or since the reference time, in 250 µs.
        case received(delta: Int16)
    }

    public var senderSSRC = SSRC(0)
    public var mediaSSRC = SSRC(0)
    /// The transport-wide sequence number of the first status.
    public var baseSequenceNumber = SequenceNumber(0)
    /// 24 bits signed, in 64 ms: the receiver's clock, whose origin only it knows.
    public var referenceTime: Int32 = 0
    /// Counts feedback packets, so that lost ones are noticed.
    public var feedbackCount: UInt8 = 0
    /// One for each packet from the base on.
    public var statuses: [Status] = []

    public init() {}

    /// One step of a delta.
    public static let tick = Duration.microseconds(250)
    /// One step of the reference time.
    public static let referenceTick = Duration.milliseconds(64)

    /// Reads a feedback packet over the value's old content.
    /// - Throws: `.wrongKind`, `.truncated`, `.malformed(.transportFeedback)`; the content is then undefined.
    public mutating func read(_ packet: borrowing RTCPPacketView) throws(RTPError) {
        try packet.expect(.transportFeedback, byteCount: 16)
        let body = packet.body
        senderSSRC = SSRC(body.loadUInt32(0))
        mediaSSRC = SSRC(body.loadUInt32(4))
        baseSequenceNumber = SequenceNumber(body.loadUInt16(8))
        let statusCount = Int(body.loadUInt16(10))
        referenceTime = Int32(bitPattern: body.loadUInt24(12) << 8) >> 8
        feedbackCount = body[15]
        statuses.removeAll(keepingCapacity: true)
        var offset = 16
        while statuses.count < statusCount {
            try body.require(offset + 2)
            try readChunk(body.loadUInt16(offset), statusCount: statusCount)
            offset += 2
        }
        try readDeltas(body, from: offset)
    }

    /// Symbols go into the list as placeholder deltas, small 0 and large 1, until the deltas follow.
    private mutating func readChunk(_ chunk: UInt16, statusCount: Int) throws(RTPError) {
        let room = statusCount - statuses.count
        if chunk & 0x8000 == 0 {
            let status = try Self.placeholder(chunk >> 13 & 3)
            for _ in 0..<min(Int(chunk & 0x1FFF), room) { statuses.append(status) }
            // A run of nothing would let a reader spin without getting further.
            if chunk & 0x1FFF == 0 { throw .malformed(.transportFeedback) }
        } else if chunk & 0x4000 == 0 {
            for index in 0..<UInt16(min(14, room)) {
                statuses.append(try Self.placeholder(chunk >> (13 - index) & 1))
            }
        } else {
            for index in 0..<UInt16(min(7, room)) {
                statuses.append(try Self.placeholder(chunk >> (12 - index * 2) & 3))
            }
        }
    }

    private static func placeholder(_ symbol: UInt16) throws(RTPError) -> Status {
        switch symbol {
        case 0: .lost
        case 1: .received(delta: 0)
        case 2: .received(delta: 1)
        default: throw .malformed(.transportFeedback)
        }
    }

    private mutating func readDeltas(_ body: Span<UInt8>, from start: Int) throws(RTPError) {
        var offset = start
        for index in statuses.indices {
            switch statuses[index] {
            case .lost:
                continue
            case .received(delta: 0):
                try body.require(offset + 1)
                statuses[index] = .received(delta: Int16(body[offset]))
                offset += 1
            case .received:
                try body.require(offset + 2)
                statuses[index] = .received(delta: Int16(bitPattern: body.loadUInt16(offset)))
                offset += 2
            }
        }
    }

    /// Empties the value for a new packet that starts with `sequenceNumber`, received at `arrival`.
    public mutating func begin(at sequenceNumber: SequenceNumber, arrival: Instant) {
        statuses.removeAll(keepingCapacity: true)
        baseSequenceNumber = sequenceNumber
        let steps = arrival.nanoseconds.flooredQuotient(dividingBy: Self.referenceTick.inNanoseconds)
        // The wire carries 24 bits; the receiver's clock wraps with them.
        referenceTime = Int32(truncatingIfNeeded: (steps << 40) >> 40)
        lastTick = steps * Self.ticksPerReferenceTick
    }

    /// Adds a packet that arrived, after as many lost ones as the gap to the last status asks for.
    /// - Returns: false when it does not fit: too far on in number, in time, or in bytes. Begin a new packet then.
    public mutating func add(_ sequenceNumber: SequenceNumber, arrival: Instant) -> Bool {
        let index = Int(sequenceNumber.raw &- baseSequenceNumber.raw)
        let ticks = arrival.nanoseconds.flooredQuotient(dividingBy: Self.tick.inNanoseconds)
        guard index >= statuses.count, index < Self.maximumStatuses, let delta = Int16(exactly: ticks - lastTick)
        else { return false }
        while statuses.count < index { statuses.append(.lost) }
        statuses.append(.received(delta: delta))
        lastTick = ticks
        return true
    }

    /// The arrival of the last packet added, in ticks of the unwrapped clock.
    private var lastTick: Int64 = 0
    private static let ticksPerReferenceTick = Int64(256)
    /// With every delta large this many statuses still fit an ordinary datagram.
    private static let maximumStatuses = 400
}
