import Base
import RTP

/// A second copy of a stream that we receive, under a source and numbers of its own (RFC 7198), as when a server is asked
/// for the same feed twice: what is lost of one copy is taken from the other.
///
/// Nothing says how the numbers of the two belong together. Between them lies an offset that stays, since whoever copies
/// counts both on; it is found by packets that carry the same bytes. Every later packet is compared as well, at once and
/// again when the other copy has surely come too: the first that differs refutes it.
struct DuplicateStream: Sendable {
    /// Where a packet belongs.
    struct Place: Hashable, Sendable {
        /// As the stream numbers and times it whose copy this is.
        var number: SequenceNumber
        var timestamp: UInt32
    }

    /// One packet of either copy, told from others by its content.
    private struct Mark: Hashable, Sendable {
        var content: UInt64
        var number: SequenceNumber
        var timestamp: UInt32
    }

    /// What has to be added to a number and a timestamp of this copy.
    private struct Offset: Hashable, Sendable {
        var number: UInt16
        var timestamp: UInt32
    }

    /// Of this copy; nil before the first packet.
    private(set) var ssrc: SSRC?
    private var offset: Offset?
    /// Found once, and to be found once more before it counts.
    private var suspected: Offset?
    /// The latest packets of this copy, compared only when the other copy has surely come too.
    private var waiting: [Mark] = []
    private var nextWaiting = 0

    private static let lag = 16

    /// Whether its packets can be placed.
    var isAligned: Bool { offset != nil }

    /// The number that this copy gives a packet which the other calls `number`; nil before that is known.
    func number(of number: SequenceNumber) -> SequenceNumber? {
        offset.map { SequenceNumber(number.raw &- $0.number) }
    }

    /// Takes a media packet of this copy that came by itself.
    /// - Returns: where it belongs in the other, or nil while that is not known.
    mutating func take(_ header: RTPHeader, content: UInt64?, of original: PacketMarks) -> Place? {
        if header.ssrc != ssrc {
            self = DuplicateStream()
            ssrc = header.ssrc
        }
        guard let content else { return place(header) }
        let mark = Mark(content: content, number: header.sequenceNumber, timestamp: header.timestamp)
        if let old = exchange(mark) { judge(old, by: original) }
        guard let place = place(header) else { return nil }
        guard original.has(content, at: place.number) != false else {
            forgetOffset()
            return nil
        }
        return place
    }

    /// Where a packet belongs, as when it was sent again at our request; nil while that is not known.
    func place(_ header: RTPHeader) -> Place? {
        offset.map {
            Place(
                number: SequenceNumber(header.sequenceNumber.raw &+ $0.number),
                timestamp: header.timestamp &+ $0.timestamp)
        }
    }

    private mutating func forgetOffset() {
        offset = nil
        suspected = nil
    }

    /// Keeps a packet for later.
    /// - Returns: one that has been kept for long enough.
    private mutating func exchange(_ mark: Mark) -> Mark? {
        guard waiting.count == Self.lag else {
            waiting.append(mark)
            return nil
        }
        defer { nextWaiting = (nextWaiting + 1) % Self.lag }
        let old = waiting[nextWaiting]
        waiting[nextWaiting] = mark
        return old
    }

    private mutating func judge(_ mark: Mark, by original: PacketMarks) {
        if let offset {
            let number = SequenceNumber(mark.number.raw &+ offset.number)
            if original.has(mark.content, at: number) == false { forgetOffset() }
            return
        }
        guard let found = original.find(mark.content) else { return }
        let new = Offset(number: found.number.raw &- mark.number.raw, timestamp: found.timestamp &- mark.timestamp)
        if suspected == new { offset = new }
        suspected = new
    }
}

/// The latest packets of a stream, by their content: a copy is compared with them.
struct PacketMarks: Sendable {
    private struct Mark: Sendable {
        var content: UInt64 = 0
        var number = SequenceNumber(0)
        var timestamp: UInt32 = 0
        var isSet = false
    }

    private static let capacity = 128
    private var marks = [Mark](repeating: Mark(), count: Self.capacity)

    mutating func add(_ content: UInt64, number: SequenceNumber, timestamp: UInt32) {
        marks[Int(number.raw) % Self.capacity] = Mark(
            content: content, number: number, timestamp: timestamp, isSet: true)
    }

    /// Whether the packet of this number has this content; nil when it has not come, or too long ago.
    func has(_ content: UInt64, at number: SequenceNumber) -> Bool? {
        let mark = marks[Int(number.raw) % Self.capacity]
        guard mark.isSet, mark.number == number else { return nil }
        return mark.content == content
    }

    func find(_ content: UInt64) -> (number: SequenceNumber, timestamp: UInt32)? {
        for mark in marks where mark.isSet && mark.content == content { return (mark.number, mark.timestamp) }
        return nil
    }

    /// What tells a payload from others; nil for one too short to tell.
    static func content(_ payload: Span<UInt8>) -> UInt64? {
        // The picture number and the entropy-coded data lie in the first bytes; what follows tells pieces apart.
        guard payload.count >= 24 else { return nil }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(payload.count)
        var index = 0
        while index < payload.count, index < 96 {
            hash = (hash ^ UInt64(payload[index])) &* 0x100_0000_01B3
            index += 1
        }
        return hash
    }
}
