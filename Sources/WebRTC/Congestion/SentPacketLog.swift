import Base

/// What was sent under which transport-wide number, until feedback tells its fate: a ring that never grows.
struct SentPacketLog: Sendable {
    enum Fate: Hashable, Sendable {
        case unknown
        case lost
        case received
    }

    struct Entry: Sendable {
        var number: Int64
        var sentAt: Instant
        var byteCount: Int
        var probe: Int?
        /// How often it leaves again unasked; nil for what never does, which is all but pictures.
        var copies: Int?
        var fate: Fate
    }

    private var entries: [Entry]
    /// The number that the next packet gets.
    private(set) var nextNumber: Int64

    /// - Parameter capacity: packets remembered, at most 32 768.
    init(capacity: Int, firstNumber: UInt16) {
        precondition((1...32_768).contains(capacity), "a window that 16-bit numbers can address")
        entries = Array(
            repeating: Entry(number: -1, sentAt: .zero, byteCount: 0, probe: nil, copies: nil, fate: .unknown),
            count: capacity)
        nextNumber = Int64(firstNumber)
    }

    mutating func add(byteCount: Int, probe: Int?, copies: Int? = nil, at now: Instant) -> UInt16 {
        let number = nextNumber
        entries[Int(number) % entries.count] = Entry(
            number: number, sentAt: now, byteCount: byteCount, probe: probe, copies: copies, fate: .unknown)
        nextNumber += 1
        return UInt16(truncatingIfNeeded: number)
    }

    /// The unwrapped form of a number that the other side names: never newer than what was sent.
    func unwrap(_ number: UInt16) -> Int64 {
        let last = nextNumber - 1
        return last - Int64(UInt16(truncatingIfNeeded: last) &- number)
    }

    /// What is known of a packet; nil when its number is not, or no longer, known.
    func entry(_ number: Int64) -> Entry? {
        guard number >= 0 else { return nil }
        let entry = entries[Int(number) % entries.count]
        return entry.number == number ? entry : nil
    }

    /// Records a fate.
    /// - Returns: the entry as it was before, or nil when the number is not, or no longer, known.
    mutating func settle(_ number: Int64, as fate: Fate) -> Entry? {
        guard number >= 0 else { return nil }
        let index = Int(number) % entries.count
        let entry = entries[index]
        guard entry.number == number else { return nil }
        // What has been received stays received.
        if entry.fate != .received { entries[index].fate = fate }
        return entry
    }
}
