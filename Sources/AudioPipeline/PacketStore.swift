/// Received packets by sequence number: 64 slots of fixed size, whose numbers are less than 64 apart, and one beside
/// them for a packet that may be the first of another stream. After `init` nothing is allocated.
struct PacketStore: ~Copyable {
    static let capacity = 64
    private static let slotBytes = 1500
    private static let stranger = capacity

    struct Slot: BitwiseCopyable {
        var packet: PlayoutPacket
        var opus: OpusPacket
        var byteCount: Int
    }

    private let bytes: UnsafeMutablePointer<UInt8>
    private let slots: UnsafeMutablePointer<Slot?>
    /// Packets held, without the stranger.
    private(set) var count = 0
    /// What they hold together.
    private(set) var samples = 0

    init() {
        bytes = .allocate(capacity: (Self.capacity + 1) * Self.slotBytes)
        bytes.initialize(repeating: 0, count: (Self.capacity + 1) * Self.slotBytes)
        slots = .allocate(capacity: Self.capacity + 1)
        slots.initialize(repeating: nil, count: Self.capacity + 1)
    }

    deinit {
        bytes.deallocate()
        slots.deallocate()
    }

    /// Whether a payload of so many bytes fits.
    static func fits(_ byteCount: Int) -> Bool { byteCount <= slotBytes }

    private static func index(_ sequence: Int64) -> Int {
        Int(truncatingIfNeeded: sequence & Int64(capacity - 1))
    }

    /// The caller has made room: what lies at the same index has the same number or is not there.
    mutating func insert(_ payload: UnsafeBufferPointer<UInt8>, _ packet: PlayoutPacket, _ opus: OpusPacket) {
        put(payload, Slot(packet: packet, opus: opus, byteCount: payload.count), at: Self.index(packet.sequence))
        count += 1
        samples += opus.sampleCount
    }

    private mutating func put(_ payload: UnsafeBufferPointer<UInt8>, _ slot: Slot, at index: Int) {
        slots[index] = slot
        guard let source = payload.baseAddress else { return }
        (bytes + index * Self.slotBytes).update(from: source, count: payload.count)
    }

    subscript(sequence: Int64) -> Slot? {
        guard let slot = slots[Self.index(sequence)], slot.packet.sequence == sequence else { return nil }
        return slot
    }

    /// Valid until the slot is used again.
    func payload(of slot: Slot) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Self.index(slot.packet.sequence) * Self.slotBytes, count: slot.byteCount)
    }

    /// The held packet with the lowest number.
    var first: Slot? {
        guard count > 0 else { return nil }
        var lowest: Slot?
        for index in 0..<Self.capacity {
            guard let slot = slots[index] else { continue }
            if slot.packet.sequence < lowest?.packet.sequence ?? .max { lowest = slot }
        }
        return lowest
    }

    /// Frees the slot of a packet. - Returns: whether it was there.
    @discardableResult
    mutating func remove(_ sequence: Int64) -> Bool {
        guard let slot = self[sequence] else { return false }
        slots[Self.index(sequence)] = nil
        count -= 1
        samples -= slot.opus.sampleCount
        return true
    }

    /// Throws away what is older than `sequence`. - Returns: how many packets that were.
    mutating func remove(below sequence: Int64) -> Int {
        let before = count
        for index in 0..<Self.capacity {
            guard let slot = slots[index], slot.packet.sequence < sequence else { continue }
            remove(slot.packet.sequence)
        }
        return before - count
    }

    /// Throws all away, but for the stranger.
    mutating func removeAll() {
        (slots).update(repeating: nil, count: Self.capacity)
        count = 0
        samples = 0
    }

    // MARK: - A packet that does not belong to the stream

    /// Keeps it until the next one shows whether it was the first of another stream. - Returns: whether one is forgotten.
    mutating func keepStranger(
        _ payload: UnsafeBufferPointer<UInt8>, _ packet: PlayoutPacket, _ opus: OpusPacket
    ) -> Bool {
        let isForgotten = slots[Self.stranger] != nil
        put(payload, Slot(packet: packet, opus: opus, byteCount: payload.count), at: Self.stranger)
        return isForgotten
    }

    /// The number of the packet kept beside the stream.
    var strangerSequence: Int64? { slots[Self.stranger]?.packet.sequence }

    /// Takes the stranger in as the first packet of its stream; `removeAll` came before.
    mutating func adoptStranger() -> Slot? {
        guard let slot = slots[Self.stranger] else { return nil }
        slots[Self.stranger] = nil
        insert(
            UnsafeBufferPointer(start: bytes + Self.stranger * Self.slotBytes, count: slot.byteCount), slot.packet,
            slot.opus)
        return slot
    }
}
