import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct SenderClockTests {
    private let epoch: Int64 = 3_900_000_000_000_000_000

    /// A report that pairs media of `media` milliseconds with a packet that was `late` milliseconds late.
    private func report(_ clock: inout SenderClock, media: Int64, late: Int64) {
        clock.handle(
            SenderReport(
                ssrc: SSRC(1), ntpTime: NTPTime(nanoseconds: epoch + (media + late) * 1_000_000),
                rtpTimestamp: UInt32(truncatingIfNeeded: media * 90 + 4_294_900_000), packetCount: 0, octetCount: 0),
            at: Instant(nanoseconds: media * 1_000_000))
    }

    /// Milliseconds by which what was captured is taken for later than it was.
    private func error(_ clock: SenderClock, media: Int64) throws -> Double {
        let timestamp = UInt32(truncatingIfNeeded: media * 90 + 4_294_900_000)
        let captured = try #require(clock.captureTime(of: timestamp))
        return Double(captured - epoch - media * 1_000_000) / 1e6
    }

    @Test func oneReportOfALatePacketDoesNotMoveTheStream() throws {
        var clock = SenderClock(clockRate: 90_000)
        #expect(clock.captureTime(of: 0) == nil)
        report(&clock, media: 0, late: 3)
        report(&clock, media: 5000, late: 450)
        #expect(abs(try error(clock, media: 5033) - 3) < 0.1)
        report(&clock, media: 10_000, late: 1)
        #expect(abs(try error(clock, media: 10_033) - 1) < 0.1)
        // What is answered (LSR) is the last one all the same.
        #expect(
            clock.lastReport(at: Instant(nanoseconds: 10_000_000_000), roundTrip: .seconds(1)).time
                == NTPTime(nanoseconds: epoch + 10_001 * 1_000_000).compact)
    }

    @Test func aSlowClockIsFollowed() throws {
        var clock = SenderClock(clockRate: 90_000)
        // 200 ppm: four times what quartz does.
        for number in 0..<100 as Range<Int64> { report(&clock, media: number * 5000, late: number) }
        #expect(try error(clock, media: 495_000) >= 91)
    }

    @Test func aClockThatWasSetIsTakenAtOnce() throws {
        var clock = SenderClock(clockRate: 90_000)
        report(&clock, media: 0, late: 0)
        report(&clock, media: 5000, late: 3_600_000)
        #expect(abs(try error(clock, media: 5033) - 3_600_000) < 0.1)
        report(&clock, media: 10_000, late: -3_600_000)
        #expect(abs(try error(clock, media: 10_033) + 3_600_000) < 0.1)
    }
}
