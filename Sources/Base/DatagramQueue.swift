/// A bounded queue of byte buffers with a tag each, which swaps buffers in and out instead of copying or allocating.
///
/// In steady state no call allocates: the buffers circulate between the queue and its user. The one given back last is
/// handed out first, so that there are only as many as were in use at one time, and they are warm. When the queue is full
/// the newest datagram is refused and counted.
public struct DatagramQueue<Tag: Sendable>: Sendable {
    private struct Slot: Sendable {
        var bytes: [UInt8] = []
        var tag: Tag?
    }

    private var slots: [Slot]
    /// Empty buffers to be used again.
    private var spares: [[UInt8]] = []
    private var head = 0
    public private(set) var count = 0
    /// Datagrams refused because the queue was full.
    public private(set) var dropped: UInt64 = 0

    /// - Parameter capacity: datagrams held at most, at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a queue needs room for one datagram")
        slots = Array(repeating: Slot(), count: capacity)
        spares.reserveCapacity(capacity + 1)
    }

    public var capacity: Int { slots.count }
    public var isEmpty: Bool { count == 0 }
    public var isFull: Bool { count == slots.count }
    /// The tag of the oldest datagram; nil when there is none.
    public var first: Tag? { count > 0 ? slots[head].tag : nil }

    /// Takes the bytes by swapping: afterwards `bytes` is an empty buffer to be used again.
    /// - Returns: false when the queue is full; `bytes` is then left as it was.
    @discardableResult
    public mutating func push(swapping bytes: inout [UInt8], tag: Tag) -> Bool {
        guard !isFull else {
            dropped += 1
            return false
        }
        let index = (head + count) % slots.count
        swap(&slots[index].bytes, &bytes)
        if let spare = spares.popLast() { bytes = spare }
        slots[index].tag = tag
        count += 1
        return true
    }

    public func depth(as name: String) -> BufferDepth {
        BufferDepth(name, depth: count, capacity: capacity, dropped: dropped)
    }

    /// Hands out the oldest datagram by swapping it with `bytes`, whose old content is lost.
    /// - Returns: its tag, or nil when the queue is empty.
    public mutating func pop(swapping bytes: inout [UInt8]) -> Tag? {
        guard count > 0 else { return nil }
        defer {
            slots[head].tag = nil
            head = (head + 1) % slots.count
            count -= 1
        }
        swap(&slots[head].bytes, &bytes)
        var spare: [UInt8] = []
        swap(&slots[head].bytes, &spare)
        if spare.capacity > 0, spares.count <= slots.count {
            spare.removeAll(keepingCapacity: true)
            spares.append(spare)
        }
        return slots[head].tag
    }
}
