import Foundation
import Testing

/// All 200 with ROOMD_SEEDS=200.
private let seeds = Int(ProcessInfo.processInfo.environment["ROOMD_SEEDS"] ?? "") ?? 10

@Suite struct DeviceFaultTests {
    /// Two days in which every minute a device goes and comes back sooner or later, with a meeting every hour.
    @Test(arguments: 0..<seeds)
    func nothingThatDevicesDoEndsAMeetingOrFalsifiesTheState(seed: Int) {
        var room = FaultyRoom(seed: UInt64(seed))
        room.run(minutes: 2 * 24 * 60)
        #expect(room.violations.isEmpty, "seed \(seed): \(room.violations.joined(separator: "\n"))")
        #expect(room.faults == 2880 && room.commands > 700)
        let counters = room.counters
        #expect(counters.inMeeting > 47 * 50 * 60)
        // The clock goes on: silence where there is no microphone, and no gap.
        #expect(abs(counters.speech + counters.silence - counters.inMeeting) < 1)
        #expect(counters.speech > 0 && counters.silence > 0 && counters.pictures > 0 && counters.slates > 0)
    }
}
