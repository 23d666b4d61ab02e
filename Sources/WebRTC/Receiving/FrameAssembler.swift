import Base
import RTP

/// Puts frames together out of packets in any order, in a ring of reusable packet slots that never grows, and hands them
/// out whole and in decoding order (RFC 7741 §4.5). A frame is all of a picture, of VP9 with all spatial layers that came
/// (RFC 9628 §4.3).
///
/// The model: after a key frame every frame needs the one before it, so decoding goes on exactly while sequence numbers
/// have no gap. `next` is the number that must come next. A gap blocks, until the missing packet comes or a later key
/// frame is whole; then everything before that key frame is dropped. Before the first key frame nothing is handed out.
struct FrameAssembler: Sendable {
    /// A frame besides its bytes.
    struct Frame: Hashable, Sendable {
        var codec: Codec
        var isKeyFrame: Bool
        /// Unwrapped, 90 kHz.
        var timestamp: Int64
        /// When the first of its packets came.
        var firstArrival: Instant
        /// When the last of its packets came, which made it whole.
        var arrival: Instant
        var packetCount: Int
    }

    /// One packet to be put in.
    struct Piece: Hashable, Sendable {
        var number: Int64
        var timestamp: Int64
        var isLast: Bool
        var startsFrame: Bool
        var isKeyFrame: Bool
        /// The piece of the frame within the packet; empty in padding, which only fills a number.
        var payload: Range<Int>
        var arrival: Instant
        /// It came on a copy of the stream: the original, if it comes in time, is more certain.
        var isCopy = false
        var codec = Codec.vp8

        /// Whether frames are put together of it and of the other in the same way.
        fileprivate func looksLike(_ other: Piece) -> Bool {
            timestamp == other.timestamp && isLast == other.isLast && startsFrame == other.startsFrame
                && isKeyFrame == other.isKeyFrame && payload.isEmpty == other.payload.isEmpty && codec == other.codec
        }
    }

    enum Outcome: Hashable, Sendable {
        case taken
        case duplicate
        /// Before what has been handed out, or dropped.
        case late
        /// The packet lay so far ahead that all before it was dropped.
        case overflow
    }

    private struct Slot: Sendable {
        var piece: Piece?
        var bytes: [UInt8] = []
    }

    private enum Progress: Hashable, Sendable {
        case waitingForKeyFrame
        case following(next: Int64)
    }

    private var slots: [Slot]
    /// Empty buffers to be used again, the one given back last first: there are only as many as packets waited at a time.
    private var spares: [[UInt8]] = []
    private var progress = Progress.waitingForKeyFrame
    /// All packets from `next` up to here, exclusively, are present and of one frame.
    private var scanned: Int64 = 0
    /// Where that frame ends, once that is known.
    private var wholeThrough: Int64?
    private var highest: Int64?
    private(set) var droppedPackets: UInt64 = 0

    /// - Parameter capacity: packets held at most.
    init(capacity: Int) {
        precondition(capacity > 1, "a ring of at least two packets")
        slots = Array(repeating: Slot(), count: capacity)
    }

    /// Packets held at most.
    var capacity: Int { slots.count }

    var isWaitingForKeyFrame: Bool { progress == .waitingForKeyFrame }

    /// Whether packets are there that a missing one holds back.
    var isBlocked: Bool {
        guard case .following = progress, wholeThrough == nil, let highest else { return false }
        return highest >= scanned
    }

    private func index(_ number: Int64) -> Int {
        let count = Int64(slots.count)
        return Int(((number % count) + count) % count)
    }

    private func piece(_ number: Int64) -> Piece? {
        guard let piece = slots[index(number)].piece, piece.number == number else { return nil }
        return piece
    }

    /// Empties a slot and keeps its buffer.
    private mutating func vacate(_ place: Int) {
        slots[place].piece = nil
        var spare: [UInt8] = []
        swap(&slots[place].bytes, &spare)
        guard spare.capacity > 0, spares.count < slots.count else { return }
        spare.removeAll(keepingCapacity: true)
        spares.append(spare)
    }

    /// Puts a packet in by swapping; `packet` is a buffer to be used again afterwards unless the packet was refused.
    mutating func insert(_ piece: Piece, packet: inout [UInt8]) -> Outcome {
        var outcome = Outcome.taken
        switch progress {
        case .following(let next):
            guard piece.number >= next else { return .late }
            if piece.number - next >= Int64(slots.count) {
                reset()
                outcome = .overflow
            }
        case .waitingForKeyFrame:
            if let highest, highest - piece.number >= Int64(slots.count) { return .late }
        }
        let place = index(piece.number)
        if let present = slots[place].piece {
            if present.number == piece.number {
                guard present.isCopy, !piece.isCopy else { return .duplicate }
                slots[place].piece = piece
                swap(&slots[place].bytes, &packet)
                packet.removeAll(keepingCapacity: true)
                if !present.looksLike(piece) { lookAgain(at: piece) }
                return .duplicate
            }
            // Only before the first key frame: an older packet makes room.
            guard present.number < piece.number else { return .late }
            droppedPackets += 1
        }
        vacate(place)
        slots[place].piece = piece
        swap(&slots[place].bytes, &packet)
        if let spare = spares.popLast() { packet = spare }
        highest = max(highest ?? piece.number, piece.number)
        lookForKeyFrame(around: piece)
        scan()
        return outcome
    }

    /// Drops everything and waits for a key frame.
    mutating func reset() {
        for index in slots.indices where slots[index].piece != nil {
            vacate(index)
            droppedPackets += 1
        }
        progress = .waitingForKeyFrame
        wholeThrough = nil
        highest = nil
    }

    /// The number of the first packet still wanted; nil before the first key frame.
    var firstWanted: Int64? {
        if case .following(let next) = progress { return next }
        return nil
    }

    /// Numbers from the first wanted up to the highest that came.
    var span: Int {
        guard case .following(let next) = progress, let highest, highest >= next else { return 0 }
        return Int(highest - next) + 1
    }

    private mutating func lookForKeyFrame(around piece: Piece) {
        switch progress {
        case .waitingForKeyFrame:
            // Its other packets may still come.
            if piece.startsFrame, piece.isKeyFrame { follow(from: piece.number) }
        case .following:
            guard piece.number > scanned, wholeThrough == nil, let start = startOfWholeKeyFrame(around: piece) else {
                return
            }
            follow(from: start)
        }
    }

    /// The first number of the frame around `piece` if that is a key frame and all of it is there.
    private func startOfWholeKeyFrame(around piece: Piece) -> Int64? {
        var first = piece
        while !first.startsFrame {
            guard let before = self.piece(first.number - 1), before.timestamp == piece.timestamp else { return nil }
            first = before
        }
        guard first.isKeyFrame else { return nil }
        var last = piece
        while !last.isLast {
            guard let after = self.piece(last.number + 1), after.timestamp == piece.timestamp else { return nil }
            last = after
        }
        return first.number
    }

    /// The packet here was another one before: what that told is no longer believed.
    private mutating func lookAgain(at piece: Piece) {
        if case .following(let next) = progress {
            scanned = next
            wholeThrough = nil
            scan()
        }
        lookForKeyFrame(around: piece)
        scan()
    }

    private mutating func follow(from start: Int64) {
        for index in slots.indices {
            if let piece = slots[index].piece, piece.number < start {
                vacate(index)
                droppedPackets += 1
            }
        }
        progress = .following(next: start)
        scanned = start
        wholeThrough = nil
    }

    /// Moves on over the packets that are there until the frame's end.
    private mutating func scan() {
        guard case .following(var next) = progress, wholeThrough == nil else { return }
        // Padding between frames only fills numbers.
        while scanned == next, let padding = piece(next), padding.payload.isEmpty {
            vacate(index(next))
            next += 1
            scanned = next
            progress = .following(next: next)
        }
        guard let first = piece(next) else { return }
        guard first.startsFrame else {
            // The numbers have no gap, yet a frame's start is missing: the stream is not what it should be.
            reset()
            return
        }
        while let piece = piece(scanned) {
            if piece.payload.isEmpty {
                scanned += 1
                continue
            }
            if scanned > next, piece.timestamp != first.timestamp || piece.startsFrame || piece.codec != first.codec {
                // The marker is missing, but the next frame has begun.
                wholeThrough = scanned - 1
                return
            }
            scanned += 1
            if piece.isLast {
                wholeThrough = scanned - 1
                return
            }
        }
    }

    /// Puts the next whole frame into `frame`, over its old content.
    mutating func poll(into frame: inout [UInt8]) -> Frame? {
        guard case .following(let next) = progress, let end = wholeThrough, let first = piece(next) else { return nil }
        frame.removeAll(keepingCapacity: true)
        var byteCount = 0
        for number in next...end { byteCount += piece(number)?.payload.count ?? 0 }
        frame.reserveCapacity(byteCount)
        var result = Frame(
            codec: first.codec, isKeyFrame: first.isKeyFrame, timestamp: first.timestamp, firstArrival: first.arrival,
            arrival: first.arrival, packetCount: 0)
        for number in next...end {
            let place = index(number)
            guard let piece = slots[place].piece else { continue }
            frame.append(contentsOf: slots[place].bytes[piece.payload])
            result.firstArrival = min(result.firstArrival, piece.arrival)
            result.arrival = max(result.arrival, piece.arrival)
            result.packetCount += 1
            vacate(place)
        }
        progress = .following(next: end + 1)
        scanned = end + 1
        wholeThrough = nil
        scan()
        return result
    }
}
