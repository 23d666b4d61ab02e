import Base
import Scheduling
import Testing

@Suite struct OverlapTests {
    @Test func backToBackMeetingsHandOverWithACountdown() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("10:59:30"))
        #expect(room.why("b")?.code == "join.occupied")
        room.advance(to: at("10:59:55"))
        #expect(room.state("b") == .countdown)
        room.advance(to: at("11:30"))
        #expect(
            room.story == ["countdown a 09:59:00", "join a 09:59:10", "countdown b 10:59:50", "handover b 11:00:00"])
        #expect(room.state("a") == .done)
        #expect(room.violations.isEmpty)
    }

    @Test func anOverlapIsJoinedWhenTheFirstIsOverInTime() {
        var room = RoomDriver([meeting("a", "10:00", "10:30"), meeting("b", "10:20", "11:00")], at: at("09:00"))
        room.advance(to: at("12:00"))
        #expect(room.story.contains("handover b 10:30:00"))
    }

    @Test func anOverlapThatTheFirstOutlastsIsMissedWithTheReason() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "10:30", "11:30")], at: at("09:00"))
        room.advance(to: at("10:31"))
        #expect(room.why("b")?.code == "join.blocked")
        room.advance(to: at("11:30"))
        #expect(room.story.contains("skip b 10:45:00"))
        #expect(room.state("b") == .missed)
        #expect(room.why("b")?.code == "missed.busy", "the reason stays when the room is free again")
    }

    @Test func ofTwoAtOneTimeTheAcceptedOneIsJoined() {
        let events = [
            meeting("a", "10:00", "11:00") { $0.participation = .needsAction }, meeting("b", "10:00", "11:00"),
        ]
        var room = RoomDriver(events, at: at("09:00"))
        room.advance(to: at("11:30"))
        #expect(room.log.filter { $0.action == .join }.map(\.event) == ["b"])
        #expect(room.log.filter { $0.action == .skip }.map(\.event) == ["a"])
    }

    @Test func leavingTheFirstOnPurposeFreesTheRoomForTheOther() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "10:30", "11:30")], at: at("09:00"))
        room.advance(to: at("10:40"))
        room.tell(.left(.onPurpose))
        room.advance(to: at("10:41"))
        #expect(room.meeting == "b")
        #expect(room.violations.isEmpty)
    }

    @Test func anEntryThatAppearsDuringTheOverstayIsAnnouncedBeforeTheHandover() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("11:05"))
        room.update([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")])
        #expect(room.meeting == "a")
        room.advance(to: at("11:06"))
        #expect(room.story.suffix(2) == ["countdown b 11:05:00", "handover b 11:05:10"])
    }

    @Test func dismissingTheNextLetsTheRunningMeetingGoOn() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("10:59:55"))
        room.tell(.dismissed(event: "b"))
        #expect(room.state("b") == .dismissed)
        room.advance(to: at("11:09"))
        #expect(room.meeting == "a")
        #expect(room.story.filter { $0.hasPrefix("skip") } == ["skip b 10:59:55"])
    }

    @Test func extendingTheRunningMeetingWithdrawsTheHandover() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("10:59:55"))
        room.update([meeting("a", "10:00", "11:10"), meeting("b", "11:00", "12:00")])
        #expect(room.state("b") == .upcoming)
        room.advance(to: at("11:20"))
        #expect(
            room.story.suffix(4) == [
                "countdown b 10:59:50", "skip b 10:59:55", "countdown b 11:09:50", "handover b 11:10:00",
            ])
    }

    @Test func movingTheAnnouncedMeetingWithdrawsTheHandover() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("10:59:55"))
        room.update([meeting("a", "10:00", "11:00"), meeting("b", "15:00", "16:00")])
        #expect(room.log.last?.action == .skip)
        #expect(room.log.last?.why.code == "event.moved")
        room.advance(to: at("15:01"))
        #expect(room.story.contains("leave a 11:10:00"))
        #expect(room.meeting == "b")
    }

    @Test func aFailedHandoverIsTriedAgainWithoutASecondCountdown() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:00"))
        room.failing = { $0 == "b" ? (Why(code: "join.unreachable", text: "Nobody answers."), false) : nil }
        room.advance(to: at("11:00:07"))
        room.failing = { _ in nil }
        room.advance(to: at("11:30"))
        #expect(room.meeting == "b")
        #expect(
            room.story.suffix(4) == [
                "countdown b 10:59:50", "handover b 11:00:00", "join b 11:00:05", "join b 11:00:15",
            ])
    }

    // MARK: - Meetings that are not in the calendar

    @Test func anUnscheduledMeetingHoldsTheRoomWhileSomebodyElseIsInIt() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:30"))
        room.tell(.joining(event: nil))
        room.tell(.joined(event: nil))
        room.advance(to: at("10:05"))
        #expect(room.log.isEmpty)
        #expect(room.why("a")?.code == "join.adhoc")
        room.tell(.left(.onPurpose))
        room.advance(to: at("10:06"))
        #expect(room.meeting == "a")
        #expect(room.violations.isEmpty)
    }

    @Test func aDueMeetingMissedForAnUnscheduledOneSaysSo() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:30"))
        room.tell(.joined(event: nil))
        room.advance(to: at("10:30"))
        #expect(room.story == ["skip a 10:15:00"])
        #expect(room.why("a")?.code == "missed.busy")
    }

    @Test func aDesertedUnscheduledMeetingGivesWay() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:30"))
        room.tell(.joined(event: nil))
        room.advance(to: at("09:58"))
        room.tell(.alone(true))
        room.advance(to: at("10:04"))
        #expect(room.story == ["countdown a 10:03:00", "handover a 10:03:10"])
    }

    @Test func somebodyComingBackStopsThatHandover() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:30"))
        room.tell(.joined(event: nil))
        room.advance(to: at("09:58"))
        room.tell(.alone(true))
        room.advance(to: at("10:03:05"))
        room.tell(.alone(false))
        room.advance(to: at("10:05"))
        #expect(room.story == ["countdown a 10:03:00", "skip a 10:03:05"])
    }

    @Test func anUnscheduledMeetingIsLeftWhenEverybodyElseHasBeenGoneLongEnough() {
        var room = RoomDriver([meeting("a", "12:00", "13:00")], at: at("09:30"))
        room.tell(.joined(event: nil))
        room.advance(to: at("10:00"))
        room.tell(.alone(true))
        room.advance(to: at("10:04:59"))
        room.tell(.alone(false))
        room.tell(.alone(true))
        room.advance(to: at("10:09:58"))
        #expect(room.story.isEmpty)
        room.advance(to: at("10:09:59"))
        #expect(room.log.map(\.why.code) == ["leave.deserted"])
        #expect(!room.isInMeeting && room.violations.isEmpty)
    }

    @Test func anUnscheduledMeetingThatNobodyHasComeToYetIsNotDeserted() {
        var planner = Planner(policy: JoinPolicy())
        planner.handle(.joined(event: nil), at: at("09:00"))
        planner.handle(.alone(true), at: at("09:00"))
        planner.handleTimeout(at: at("12:00"))
        #expect(planner.pollDecision() == nil)
    }

    @Test func aMeetingOpenedLongBeforeItsTimeGivesWayWhenDesertedAndIsJoinedAtItsTime() {
        var room = RoomDriver([meeting("a", "14:00", "15:00"), meeting("b", "10:00", "11:00")], at: at("09:00"))
        room.tell(.joined(event: "a"))
        room.tell(.alone(true))
        room.advance(to: at("10:01"))
        #expect(room.meeting == "b")
        room.advance(to: at("14:01"))
        #expect(room.meeting == "a")
        #expect(room.violations.isEmpty)
    }

    @Test func aJoinByHandDuringTheCountdownTakesItsPlace() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59:05"))
        room.tell(.joining(event: "a"))
        room.tell(.joined(event: "a"))
        room.advance(to: at("10:30"))
        #expect(room.story == ["countdown a 09:59:05"])
        #expect(room.state("a") == .joined)
    }

    // MARK: - Several entries of one address

    private let shared = MeetingLink.address("janus+ws://sfu/?room=shared")

    @Test func theNextMeetingAtTheSameAddressIsStayedIn() {
        var room = RoomDriver(
            [meeting("a", "10:00", "11:00", link: shared), meeting("b", "11:00", "12:00", link: shared)],
            at: at("09:00"))
        room.advance(to: at("11:30"))
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10", "skip b 10:59:00"])
        #expect(room.state("b") == .joined)
        #expect(room.state("a") == .done)
        room.advance(to: at("13:00"))
        #expect(room.story.last == "leave b 12:05:00")
        #expect(room.violations.isEmpty)
    }

    @Test func aMeetingInTwoCalendarsIsLeftAndDismissedInBoth() {
        let events = [meeting("a", "10:00", "11:00", link: shared), meeting("b", "10:00", "11:00", link: shared)]
        var left = RoomDriver(events, at: at("09:00"))
        left.advance(to: at("10:05"))
        left.tell(.left(.onPurpose))
        left.advance(to: at("12:00"))
        #expect(left.log.filter { $0.action == .join }.count == 1)
        var dismissed = RoomDriver(events, at: at("09:59:05"))
        dismissed.tell(.dismissed(event: "a"))
        dismissed.advance(to: at("12:00"))
        #expect(dismissed.log.filter { $0.action == .join }.isEmpty)
        var stopped = RoomDriver(events, at: at("09:59:05"))
        stopped.tell(.joining(event: "a"))
        stopped.tell(.left(.onPurpose))
        stopped.advance(to: at("12:00"))
        #expect(stopped.log.filter { $0.action == .join }.isEmpty)
    }

    @Test func leavingOneMeetingDoesNotLeaveTheNextAtItsAddress() {
        var room = RoomDriver(
            [meeting("a", "10:00", "11:00", link: shared), meeting("b", "11:00", "12:00", link: shared)],
            at: at("09:00"))
        room.advance(to: at("10:50"))
        room.tell(.left(.onPurpose))
        room.advance(to: at("11:05"))
        #expect(room.meeting == "b")
    }

    @Test func aThirdMeetingStillTakesTheRoomOver() {
        var room = RoomDriver(
            [
                meeting("a", "10:00", "11:00", link: shared), meeting("b", "10:00", "11:30", link: shared),
                meeting("c", "11:30", "12:00"),
            ], at: at("09:00"))
        room.advance(to: at("11:45"))
        #expect(room.meeting == "c")
        #expect(room.story.suffix(2) == ["countdown c 11:29:50", "handover c 11:30:00"])
        #expect(room.violations.isEmpty)
    }
}
