import Base
import Meeting
import Testing

@testable import Conferencing

@Suite struct ReturnScheduleTests {
    private func intervals(_ reason: MeetingError, seed: UInt64) -> [Duration] {
        var schedule = ReturnSchedule(random: SeededRandom(seed: seed))
        return (0..<12).map { _ in schedule.interval(after: reason) }
    }

    @Test(arguments: [MeetingError.unreachable, .timeout])
    func aSilentServerIsTriedEveryOtherSecond(_ reason: MeetingError) {
        for seed in 0..<100 as Range<UInt64> {
            let intervals = intervals(reason, seed: seed)
            #expect(intervals[0] <= .milliseconds(625), "seed \(seed)")
            #expect(intervals.allSatisfy { $0 <= .milliseconds(2500) }, "seed \(seed)")
            #expect(intervals.suffix(9).allSatisfy { $0 >= .milliseconds(1500) }, "seed \(seed)")
        }
    }

    /// A certificate that is not trusted is not trusted two seconds later either; it may be renewed some day.
    @Test(arguments: [MeetingError.rejectedByService, .tlsFailed])
    func aServerThatRefusesIsAskedEverMoreSeldom(_ reason: MeetingError) {
        let intervals = intervals(reason, seed: 3)
        #expect(intervals[0] < .milliseconds(1300))
        #expect(intervals.suffix(4).allSatisfy { $0 > .seconds(11) && $0 < .seconds(19) })
    }

    @Test func roomsDoNotComeAllAtOnce() {
        #expect(intervals(.unreachable, seed: 1) != intervals(.unreachable, seed: 2))
    }

    @Test func anotherNetworkIsAnotherChance() {
        var schedule = ReturnSchedule(random: SeededRandom(seed: 5))
        for _ in 0..<8 { _ = schedule.interval(after: .rejectedByService) }
        schedule.reset()
        #expect(schedule.interval(after: .rejectedByService) < .milliseconds(1300))
    }
}
