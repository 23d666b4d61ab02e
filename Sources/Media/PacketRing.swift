public import Base
import Synchronization

/// Packets of up to 1500 bytes, with a plain tag each, from one thread to one other thread without locks.
///
/// Exactly one thread pushes and exactly one pops. When it is full the newest packet is refused and counted.
public final class PacketRing<Tag: BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// Bytes that one packet may have.
    public static var slotSize: Int { 1500 }

    private let mask: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private let lengths: UnsafeMutablePointer<Int>
    private let tags: UnsafeMutablePointer<Tag>
    private let pushed = Atomic<Int>(0)
    private let popped = Atomic<Int>(0)
    private let refused = Atomic<UInt64>(0)

    /// - Parameter capacity: packets to hold at least; rounded up to a power of two.
    public init(capacity: Int) {
        precondition(capacity > 0, "a ring holds at least one packet")
        let slots = 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
        mask = slots - 1
        bytes = .allocate(capacity: slots * Self.slotSize)
        // Touched now, so that the real-time side meets no page fault.
        bytes.initialize(repeating: 0, count: slots * Self.slotSize)
        lengths = .allocate(capacity: slots)
        lengths.initialize(repeating: 0, count: slots)
        tags = .allocate(capacity: slots)
    }

    deinit {
        bytes.deallocate()
        lengths.deallocate()
        tags.deallocate()
    }

    public var capacity: Int { mask + 1 }
    /// Packets that wait: at either end exact, for others at most a moment old.
    public var count: Int {
        // In this order it is never below zero, whatever happens in between.
        let begin = popped.load(ordering: .acquiring)
        return min(pushed.load(ordering: .acquiring) &- begin, capacity)
    }
    public var isEmpty: Bool { count == 0 }
    public func depth(as name: String) -> BufferDepth {
        BufferDepth(name, depth: count, capacity: capacity, dropped: dropped)
    }

    /// Packets refused because the ring was full or they were too long.
    public var dropped: UInt64 { refused.load(ordering: .relaxed) }

    /// Copies a packet in. Real-time safe.
    /// - Returns: false when it was refused.
    @discardableResult
    public func push(_ packet: UnsafeBufferPointer<UInt8>, tag: Tag) -> Bool {
        let end = pushed.load(ordering: .relaxed)
        guard packet.count <= Self.slotSize, end &- popped.load(ordering: .acquiring) <= mask else {
            refused.wrappingAdd(1, ordering: .relaxed)
            return false
        }
        let slot = end & mask
        if let source = packet.baseAddress {
            (bytes + slot &* Self.slotSize).update(from: source, count: packet.count)
        }
        lengths[slot] = packet.count
        (tags + slot).initialize(to: tag)
        pushed.store(end &+ 1, ordering: .releasing)
        return true
    }

    /// Copies a packet in. Real-time safe.
    /// - Returns: false when it was refused.
    @discardableResult
    public func push(_ packet: Span<UInt8>, tag: Tag) -> Bool {
        packet.withUnsafeBufferPointer { push($0, tag: tag) }
    }

    /// Hands the oldest packet to `body`, in place, and frees its slot afterwards. Real-time safe if `body` is.
    /// - Returns: nil when the ring is empty.
    public func pop<Result>(_ body: (UnsafeBufferPointer<UInt8>, Tag) -> Result) -> Result? {
        let begin = popped.load(ordering: .relaxed)
        guard pushed.load(ordering: .acquiring) != begin else { return nil }
        let slot = begin & mask
        defer { popped.store(begin &+ 1, ordering: .releasing) }
        return body(UnsafeBufferPointer(start: bytes + slot &* Self.slotSize, count: lengths[slot]), tags[slot])
    }

    /// Copies the oldest packet over the content of `packet`, which does not allocate if that has the capacity.
    /// - Returns: its tag, or nil when the ring is empty.
    public func pop(into packet: inout [UInt8]) -> Tag? {
        pop { bytes, tag in
            packet.removeAll(keepingCapacity: true)
            packet.append(contentsOf: bytes)
            return tag
        }
    }
}
