import Base
import RTP

/// Finds out which packets are missing and asks for them again: shortly after a gap shows, then once in a round trip,
/// so many times at most. What it gives up, or a loss too large to repair, calls for a key frame.
struct NackGenerator: Sendable {
    private struct Missing: Sendable {
        var number: Int64
        let since: Instant
        var due: Instant
        var attempts: Int
    }

    /// In ascending order.
    private var missing: [Missing] = []
    private var highest: Int64?
    /// When that came.
    private var highestAt = Instant.zero
    private var isKeyFrameNeeded = false
    private(set) var requestedPackets: UInt64 = 0
    private(set) var abandonedPackets: UInt64 = 0

    static let capacity = 1000
    private static let largestGap: Int64 = 128
    /// After an outage: senders have forgotten what is older (libwebrtc after a second, Janus after half of one), or
    /// what they repeat holds up what is new.
    private static let longestGap = Duration.seconds(1)
    /// However long it was, so much is repaired soon.
    private static let smallGap: Int64 = 32
    private let attempts: Int
    /// What is only reordered mostly comes within this time. To ask for nothing costs a few bytes, to wait costs time.
    private static let reordering = Duration.milliseconds(2)
    /// Between attempts, beyond the round trip: an answer takes its time to be made and sent.
    private static let slack = Duration.milliseconds(5)
    /// Between attempts, however short the round trip.
    private static let shortestPause = Duration.milliseconds(10)
    /// Who has not sent it by the fourth time has still to get it from elsewhere: the pause is doubled then, up to this.
    private static let longerPause = Duration.milliseconds(80)
    private static let quickAttempts = 4

    init(attempts: Int = 10) {
        self.attempts = attempts
        missing.reserveCapacity(Self.capacity)
    }

    var missingCount: Int { missing.count }

    /// Takes note of a packet that came, by itself or by retransmission.
    /// - Returns: how long it has been missing, if it was asked for.
    @discardableResult
    mutating func receive(_ number: Int64, at now: Instant) -> Duration? {
        if let last = highest {
            guard number > last else { return remove(number).map { now - $0 } }
            noteGap(from: last, to: number, at: now)
        }
        highest = number
        highestAt = now
        return nil
    }

    private mutating func noteGap(from last: Int64, to number: Int64, at now: Instant) {
        let gap = number - last - 1
        let largest = now - highestAt > Self.longestGap ? Self.smallGap : Self.largestGap
        guard gap <= largest, gap <= Int64(Self.capacity - missing.count) else {
            // Too much to repair one by one: a key frame is smaller, and newer.
            abandonedPackets += UInt64(gap) + UInt64(missing.count)
            missing.removeAll(keepingCapacity: true)
            isKeyFrameNeeded = true
            return
        }
        guard gap > 0 else { return }
        for lost in last + 1..<number {
            missing.append(Missing(number: lost, since: now, due: now + Self.reordering, attempts: 0))
        }
    }

    /// - Returns: since when it has been missing, if it was asked for.
    private mutating func remove(_ number: Int64) -> Instant? {
        let index = firstIndex(notBefore: number)
        guard index < missing.count, missing[index].number == number else { return nil }
        let found = missing.remove(at: index)
        return found.attempts > 0 ? found.since : nil
    }

    private func firstIndex(notBefore number: Int64) -> Int {
        var low = 0
        var high = missing.count
        while low < high {
            let middle = (low + high) / 2
            if missing[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Nobody needs the packets before `number` any more.
    mutating func discard(before number: Int64) {
        missing.removeFirst(firstIndex(notBefore: number))
    }

    /// When the next request is due.
    var nextDeadline: Instant? {
        var earliest: Instant?
        for entry in missing { earliest = Instant.earliest(earliest, entry.due) }
        return earliest
    }

    /// Appends the numbers to ask for now, in ascending order.
    mutating func poll(into lost: inout [SequenceNumber], roundTrip: Duration, at now: Instant) {
        var kept = 0
        for index in missing.indices {
            var entry = missing[index]
            if entry.due <= now {
                guard entry.attempts < attempts else {
                    abandonedPackets += 1
                    isKeyFrameNeeded = true
                    continue
                }
                entry.attempts += 1
                let doublings = min(max(entry.attempts - Self.quickAttempts, 0), 8)
                entry.due =
                    now + max(roundTrip + Self.slack, min(Self.shortestPause * (1 << doublings), Self.longerPause))
                requestedPackets += 1
                lost.append(SequenceNumber(UInt16(truncatingIfNeeded: entry.number)))
            }
            missing[kept] = entry
            kept += 1
        }
        missing.removeLast(missing.count - kept)
    }

    /// Whether something was given up since this was asked last.
    mutating func takeKeyFrameNeed() -> Bool {
        defer { isKeyFrameNeeded = false }
        return isKeyFrameNeeded
    }
}
