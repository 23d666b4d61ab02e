import Base

/// How a virtual link treats datagrams.
struct LinkConditions: Sendable {
    /// Shares of datagrams, 0…1.
    var loss = 0.0
    var duplication = 0.0
    /// Datagrams take between these, so that they overtake each other.
    var delay: ClosedRange<Duration> = .milliseconds(10) ... .milliseconds(10)
}

/// Datagrams on their way, in a binary heap by arrival; buffers are used again.
struct VirtualNetwork {
    struct Flight {
        var at: Instant
        var order: Int
        var toFar: Bool
        var bytes: [UInt8]

        static func < (left: Flight, right: Flight) -> Bool { (left.at, left.order) < (right.at, right.order) }
    }

    var conditions = LinkConditions()
    private(set) var sent = 0
    /// Sound to the far end that was lost.
    private(set) var lostAudio = 0
    private static let audioPayloadType: UInt8 = 111
    private var heap: [Flight] = []
    private var spare: [[UInt8]] = []
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    var nextArrival: Instant? { heap.first?.at }
    var inFlight: Int { heap.count }

    mutating func send(_ bytes: [UInt8], toFar: Bool, at now: Instant) {
        let copies = Double.random(in: 0..<1, using: &random) < conditions.duplication ? 2 : 1
        for _ in 0..<copies {
            guard Double.random(in: 0..<1, using: &random) >= conditions.loss else {
                if toFar, bytes.count > 12, bytes[1] & 0x7F == Self.audioPayloadType { lostAudio += 1 }
                continue
            }
            let range = conditions.delay.lowerBound.inNanoseconds...conditions.delay.upperBound.inNanoseconds
            let delay = Duration.nanoseconds(Int64.random(in: range, using: &random))
            sent += 1
            var copy = spare.popLast() ?? []
            copy.append(contentsOf: bytes)
            push(Flight(at: now + delay, order: sent, toFar: toFar, bytes: copy))
        }
    }

    /// The next datagram that has arrived by now; give its buffer back afterwards.
    mutating func receive(at now: Instant) -> Flight? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink()
        return first
    }

    mutating func giveBack(_ bytes: consuming [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        if spare.count < 64 { spare.append(bytes) }
    }

    private mutating func push(_ flight: Flight) {
        heap.append(flight)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
