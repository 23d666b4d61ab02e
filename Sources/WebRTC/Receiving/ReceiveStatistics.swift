import Base
import RTP

/// Loss and jitter of one received stream, for reception reports (RFC 3550 §6.4.1, A.3, A.8).
struct ReceiveStatistics: Sendable {
    private let clockRate: Int
    private var first: Int64?
    private var highest: Int64 = 0
    private(set) var receivedPackets: Int64 = 0
    private(set) var receivedBytes: Int64 = 0
    private var expectedBefore: Int64 = 0
    private var receivedBefore: Int64 = 0
    private var transit: UInt32?
    private var lastTimestamp: UInt32 = 0
    /// In units of the clock rate.
    private(set) var jitter = 0.0

    init(clockRate: Int) {
        self.clockRate = clockRate
    }

    /// - Parameters:
    ///   - number: unwrapped.
    ///   - byteCount: of the whole packet.
    mutating func receive(_ number: Int64, timestamp: UInt32, byteCount: Int, at now: Instant) {
        receivedPackets += 1
        receivedBytes += Int64(byteCount)
        guard first != nil else {
            first = number
            highest = number
            measureJitter(timestamp, at: now)
            return
        }
        guard number > highest else { return }
        highest = number
        // The packets of one frame leave together: only the first says when.
        if timestamp != lastTimestamp { measureJitter(timestamp, at: now) }
    }

    private mutating func measureJitter(_ timestamp: UInt32, at now: Instant) {
        lastTimestamp = timestamp
        let seconds = now.nanoseconds.flooredQuotient(dividingBy: 1_000_000_000)
        let rest = now.nanoseconds - seconds * 1_000_000_000
        let arrival = UInt32(truncatingIfNeeded: seconds &* Int64(clockRate) &+ rest * Int64(clockRate) / 1_000_000_000)
        let new = arrival &- timestamp
        if let transit {
            // A jump of more than five seconds is a new time base, not jitter.
            let difference = abs(Double(Int32(bitPattern: new &- transit)))
            if difference < Double(clockRate) * 5 { jitter += (difference - jitter) / 16 }
        }
        transit = new
    }

    /// Packets that never came, over all; negative when duplicates outnumber losses.
    var cumulativeLost: Int64 {
        first.map { highest - $0 + 1 - receivedPackets } ?? 0
    }

    /// The block for the next report; the share lost counts from the one before.
    /// - Returns: nil before the first packet.
    mutating func makeReportBlock(ssrc: SSRC) -> ReportBlock? {
        guard let first else { return nil }
        let expected = highest - first + 1
        let expectedNow = expected - expectedBefore
        let lostNow = expectedNow - (receivedPackets - receivedBefore)
        expectedBefore = expected
        receivedBefore = receivedPackets
        let fraction = expectedNow > 0 && lostNow > 0 ? min(255, lostNow * 256 / expectedNow) : 0
        return ReportBlock(
            ssrc: ssrc, fractionLost: UInt8(fraction), cumulativeLost: Int32(clamping: cumulativeLost),
            extendedHighestSequenceNumber: UInt32(truncatingIfNeeded: highest), jitter: UInt32(clamping: Int64(jitter)))
    }
}
