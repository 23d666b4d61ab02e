import Base
import Scheduling
import Testing

/// What happens to the entry while the room is about to join it, in it, or has left it.
@Suite struct ChangedEntryTests {
    private let unreachable = Why(code: "join.unreachable", text: "The server does not answer.")

    @Test func cancelledDuringTheCountdown() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59:05"))
        room.update([meeting("a", "10:00", "11:00") { $0.status = .cancelled }])
        room.advance(to: at("11:00"))
        #expect(room.story == ["countdown a 09:59:05", "skip a 09:59:05"])
        #expect(room.log.last?.why.code == "event.cancelled")
        #expect(room.state("a") == .cancelled)
    }

    @Test func removedDuringTheCountdown() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59:05"))
        room.update([])
        room.advance(to: at("11:00"))
        #expect(room.story == ["countdown a 09:59:05", "skip a 09:59:05"])
        #expect(room.log.last?.why.code == "event.removed")
    }

    @Test func movedDuringTheCountdownIsJoinedAtItsNewTime() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59:05"))
        room.update([meeting("a", "10:30", "11:30")])
        #expect(room.log.last?.why.code == "event.moved")
        room.advance(to: at("11:00"))
        #expect(room.story.suffix(2) == ["countdown a 10:29:00", "join a 10:29:10"])
    }

    @Test func aCancelledMeetingIsNotAbandonedByThoseInIt() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:10"))
        room.update([meeting("a", "10:00", "11:00") { $0.status = .cancelled }])
        room.advance(to: at("12:00"))
        #expect(room.story.last == "leave a 11:05:00")
    }

    @Test func aMeetingThatVanishesFromTheCalendarEndsAtItsOldTime() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:10"))
        room.update([])
        room.advance(to: at("12:00"))
        #expect(room.story.last == "leave a 11:10:00")
    }

    @Test func shiftedWhileRunningItEndsAtItsNewTime() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:10"))
        room.update([meeting("a", "10:15", "11:15")])
        room.advance(to: at("12:00"))
        #expect(room.story.last == "leave a 11:20:00")
        #expect(room.log.filter { $0.action == .join }.count == 1)
    }

    @Test func movedToTomorrowWhileRunningItDoesNotHoldTheRoomUntilThen() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:59"))
        room.peopleStay = true
        room.advance(to: at("10:10"))
        room.update([meeting("a", "10:00", "11:00", day: 3), meeting("b", "11:00", "12:00")])
        room.advance(to: at("11:30"))
        #expect(room.meeting == "b")
        room.advance(to: at("10:30", day: 3))
        #expect(room.meeting == "a", "tomorrow's is another meeting")
        #expect(room.violations.isEmpty)
    }

    @Test func movedToTomorrowAndThenLeftOnPurposeIsJoinedTomorrow() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:10"))
        room.update([meeting("a", "10:00", "11:00", day: 3)])
        room.planner.handle(.left(.onPurpose), at: room.now)
        room.advance(to: at("10:30", day: 3))
        #expect(room.log.filter { $0.action == .join }.count == 2)
    }

    @Test func leftOnPurposeAndMovedALittleStaysLeft() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:05"))
        room.tell(.left(.onPurpose))
        room.update([meeting("a", "10:30", "11:30")])
        room.advance(to: at("12:00"))
        #expect(room.violations.isEmpty)
        #expect(room.log.filter { $0.action == .join }.count == 1)
    }

    @Test func leftOnPurposeAndMovedToTheAfternoonIsAnotherMeeting() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:05"))
        room.planner.handle(.left(.onPurpose), at: room.now)
        room.update([meeting("a", "15:00", "16:00")])
        room.advance(to: at("15:05"))
        #expect(room.log.filter { $0.action == .join }.map(\.at) == [at("09:59:10"), at("14:59:10")])
    }

    @Test func dismissedAndMovedEarlierStaysDismissed() {
        var room = RoomDriver([meeting("a", "14:00", "15:00")], at: at("09:00"))
        room.tell(.dismissed(event: "a"))
        room.update([meeting("a", "10:00", "11:00")])
        room.advance(to: at("16:00"))
        #expect(room.log.filter { $0.action == .join }.isEmpty)
    }

    @Test func declinedThenAcceptedIsJoined() {
        var room = RoomDriver([meeting("a", "10:00", "11:00") { $0.participation = .declined }], at: at("10:01"))
        #expect(room.state("a") == .declined)
        room.update([meeting("a", "10:00", "11:00")])
        room.advance(to: at("10:02"))
        #expect(room.meeting == "a")
    }

    // MARK: - Joins that fail

    @Test func aFailingJoinIsTriedAgainAtGrowingIntervalsWithoutAnotherCountdown() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        let why = unreachable
        room.failing = { _ in (why, false) }
        room.advance(to: at("10:30"))
        let joins = room.log.filter { $0.action == .join }.map(\.at)
        #expect(
            joins.prefix(6) == [
                at("09:59:10"), at("09:59:15"), at("09:59:25"), at("09:59:45"), at("10:00:25"), at("10:01:25"),
            ])
        #expect(room.log.filter { $0.action == .countdown }.count == 1)
        #expect(room.log.last?.action == .skip)
        #expect(room.log.last?.why == why)
        #expect(room.log.last?.at == at("10:15"))
        #expect(room.state("a") == .missed)
    }

    @Test func aPermanentFailureIsTriedAgainOnlyWhenTheEntryChanges() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        let why = Why(code: "join.wrong_passcode", text: "The passcode is wrong.")
        room.failing = { _ in (why, true) }
        room.advance(to: at("10:05"))
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10", "skip a 09:59:10"])
        #expect(room.why("a") == why)
        room.failing = { _ in nil }
        room.update([meeting("a", "10:00", "11:00", link: .address("janus+ws://sfu/?room=1&pin=right"))])
        room.advance(to: at("10:06"))
        #expect(room.meeting == "a")
    }

    @Test func aPersonsWrongPasscodeDoesNotKeepTheRoomOut() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:50"))
        room.tell(.joining(event: "a"))
        room.tell(.joinFailed(event: "a", why: unreachable, isPermanent: true))
        room.advance(to: at("10:01"))
        #expect(room.meeting == "a")
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10"])
    }

    @Test func ofTwoAtOneTimeTheOtherIsTakenWhenOneFails() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "10:00", "11:00")], at: at("09:59"))
        let why = unreachable
        room.failing = { $0 == "a" ? (why, false) : nil }
        room.advance(to: at("10:30"))
        #expect(room.meeting == "b")
        #expect(room.violations.isEmpty)
    }

    @Test func aConnectionLostLateInTheMeetingIsTakenUpAgain() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:40"))
        room.tell(.joinFailed(event: "a", why: unreachable, isPermanent: false))
        #expect(room.state("a") == .upcoming)
        #expect(room.why("a") == unreachable)
        room.advance(to: at("10:41"))
        #expect(room.meeting == "a")
        #expect(room.story.suffix(1) == ["join a 10:40:05"])
        #expect(room.log.last?.why.code == "join.resumed")
    }

    @Test func aConnectionLostForGoodEndsWithTheMeeting() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.advance(to: at("10:40"))
        let why = unreachable
        room.failing = { _ in (why, false) }
        room.tell(.joinFailed(event: "a", why: why, isPermanent: false))
        room.advance(to: at("12:00"))
        #expect(room.state("a") == .done)
        #expect(room.log.last.map { $0.at < at("11:01") } == true)
    }
}
