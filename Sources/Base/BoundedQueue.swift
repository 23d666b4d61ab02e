/// A first-in-first-out queue over a ring that never grows; what overflow does is in the name of the operation.
public struct BoundedQueue<Element> {
    private var slots: [Element?]
    private var head = 0
    public private(set) var count = 0
    /// Elements lost to overflow since the queue was made.
    public private(set) var dropped: UInt64 = 0

    /// - Parameter capacity: at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a queue needs room for one element")
        slots = Array(repeating: nil, count: capacity)
    }

    public var capacity: Int { slots.count }
    public var isEmpty: Bool { count == 0 }
    public var isFull: Bool { count == slots.count }
    public var first: Element? { isEmpty ? nil : slots[head] }

    /// Adds at the end; when full, the oldest element makes room and is returned.
    @discardableResult
    public mutating func appendDroppingOldest(_ element: Element) -> Element? {
        var lost: Element?
        if isFull {
            lost = popFirst()
            dropped += 1
        }
        slots[(head + count) % slots.count] = element
        count += 1
        return lost
    }

    /// Adds at the end; when full, the new element is refused.
    /// - Returns: whether it was taken.
    @discardableResult
    public mutating func appendRejectingNewest(_ element: Element) -> Bool {
        guard !isFull else {
            dropped += 1
            return false
        }
        slots[(head + count) % slots.count] = element
        count += 1
        return true
    }

    public mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            slots[head] = nil
            head = (head + 1) % slots.count
            count -= 1
        }
        return slots[head]
    }

    public func depth(as name: String) -> BufferDepth {
        BufferDepth(name, depth: count, capacity: capacity, dropped: dropped)
    }

    public mutating func removeAll() {
        while popFirst() != nil {}
    }
}

extension BoundedQueue: Sendable where Element: Sendable {}
