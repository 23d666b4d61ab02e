import Base

/// Packets that have left and are to leave again, byte for byte, after fixed delays. Bounded, and made only when needed.
struct RepeatQueue: Sendable {
    /// After the first: what is lost in a burst is not lost again.
    static let delays: [Duration] = [.milliseconds(12), .milliseconds(24), .milliseconds(36)]
    private static let capacity = 256

    private var queues: [DatagramQueue<Instant>] = []
    private var copy: [UInt8] = []

    /// Keeps `copies` copies of a packet that leaves now.
    mutating func add(_ packet: [UInt8], copies: Int, at now: Instant) {
        while queues.count < min(copies, Self.delays.count) {
            queues.append(DatagramQueue(capacity: Self.capacity))
        }
        for index in queues.indices.prefix(copies) {
            copy.removeAll(keepingCapacity: true)
            copy.append(contentsOf: packet)
            // When there are too many, this one leaves only once.
            queues[index].push(swapping: &copy, tag: now + Self.delays[index])
        }
    }

    /// Hands out a packet whose time has come by swapping.
    mutating func next(swapping packet: inout [UInt8], at now: Instant) -> Bool {
        for index in queues.indices {
            guard let due = queues[index].first, due <= now else { continue }
            return queues[index].pop(swapping: &packet) != nil
        }
        return false
    }

    var depths: [BufferDepth] { queues.map { $0.depth(as: "repeats") } }

    var nextDeadline: Instant? {
        var earliest: Instant?
        for index in queues.indices { earliest = Instant.earliest(earliest, queues[index].first) }
        return earliest
    }
}
