import Base
import ControlAPI
import JSON
import Meeting
import Scheduling
import Testing

@testable import Room

@Suite struct ScheduledJoinTests {
    @Test func joinsByItselfAndLeavesWhenAlonePastTheEnd() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        #expect(driver.state.schedule.next?.id == "a")
        driver.advance(to: "08:58:59")
        #expect(driver.hint == nil)
        #expect(driver.state(ofEvent: "a") == .upcoming)

        driver.advance(to: "08:59:00")
        #expect(driver.state(ofEvent: "a") == .countdown)
        #expect(driver.hint == .countdown(title: "Weekly a", joinAt: driver.now.monotonic + .seconds(10)))
        #expect(driver.log.contains { if case .playCountdownSound = $0 { true } else { false } })
        driver.advance(.seconds(4))
        #expect(driver.secondsLeft == 6)
        #expect(driver.state.meeting == nil)

        driver.obeys = false
        driver.advance(.seconds(6))
        #expect(driver.state(ofEvent: "a") == .joining)
        #expect(driver.hint == .joining(title: "Weekly a"))
        #expect(driver.state.meeting?.state == .joining)
        #expect(driver.state.meeting?.scheduled == "a")
        #expect(driver.state.microphone.state == .muted)

        driver.obeys = true
        driver.joined()
        driver.tell(.participantJoined(guest()))
        #expect(driver.state(ofEvent: "a") == .joined)
        #expect(driver.state.meeting?.state == .joined)
        #expect(driver.state.meeting?.title == "Weekly a")
        #expect(driver.state.meeting?.service == "corp")
        #expect(driver.state.camera.state == .live)
        #expect(driver.state.microphone.state == .muted)
        #expect(driver.state.microphone.mutedBy == .`self`)
        guard case .meeting(let view) = driver.screen.body else {
            Issue.record("the meeting is not on the display")
            return
        }
        #expect(view.participants.count == 2)
        #expect(driver.screen.isMicrophoneMuted)

        driver.advance(to: "09:31:00")
        #expect(driver.state.meeting?.elapsed ?? 0 > 1800)
        driver.tell(.participantLeft(ParticipantID("7"), .left))
        driver.advance(.seconds(59))
        #expect(driver.state.meeting?.state == .joined)
        driver.advance(.seconds(1))
        #expect(driver.state.meeting == nil)
        #expect(driver.state(ofEvent: "a") == .done)
        #expect(driver.state.camera.state == .off)
        #expect(driver.hint == nil)
        #expect(
            driver.story == [
                "meeting.joined", "participant.updated", "participant.joined", "participant.left", "meeting.left",
            ])
    }

    @Test func aMeetingWithAPassedEndAndTheNextOneIsHandedOver() {
        var driver = RoomDriver()
        driver.calendar(
            event("a", "09:00", "09:30"),
            event("b", "09:30", "10:00", link: .address("janus+ws://sfu.example/?room=2")))
        driver.advance(to: "09:00:00")
        driver.tell(.participantJoined(guest()))
        driver.advance(to: "09:29:50")
        #expect(driver.screen.countdown == .countdown(title: "Weekly b", joinAt: driver.now.monotonic + .seconds(10)))
        #expect(driver.state(ofEvent: "b") == .countdown)
        driver.forget()
        driver.obeys = false
        driver.advance(.seconds(10))
        #expect(driver.state.meeting?.state == .leaving)
        #expect(driver.state.meeting?.scheduled == "a")
        driver.left()
        #expect(driver.state.meeting?.state == .joining)
        #expect(driver.state.meeting?.scheduled == "b")
        driver.joined(.test { $0.url = "janus+ws://sfu.example/?room=2" })
        #expect(driver.state.meeting?.scheduled == "b")
        #expect(driver.screen.countdown == nil)
        #expect(driver.story.filter { $0.hasPrefix("meeting.") } == ["meeting.left", "meeting.joined"])
        #expect(driver.state(ofEvent: "a") == .done)
    }

    @Test func joiningTheAnnouncedMeetingNowDoesNotWaitForTheCountdown() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "08:59:03")
        let id = driver.command(.joinEvent(id: "a"))
        #expect(driver.outcome(id) == "done")
        #expect(driver.state.meeting?.scheduled == "a")
        #expect(driver.screen.countdown == nil)
        #expect(driver.result(id)?["meeting"]?["title"] == "Weekly a")
    }

    @Test func joiningTheAnnouncedNextMeetingNowHandsOverAtOnce() {
        for countdown in [Duration.seconds(10), .seconds(60)] {
            var driver = RoomDriver(.test(policy: JoinPolicy(countdown: countdown, alone: .seconds(60))))
            driver.calendar(
                event("a", "09:00", "09:30"),
                event("b", "09:30", "10:00", link: .address("janus+ws://sfu.example/?room=2")))
            driver.advance(to: "09:01:00")
            driver.tell(.participantJoined(guest()))
            driver.advance(to: "09:29:55")
            driver.forget()
            let id = driver.command(.joinEvent(id: "b"))
            #expect(driver.outcome(id) == "done")
            #expect(driver.state.meeting?.scheduled == "b")
            #expect(!driver.log.contains { if case .playCountdownSound = $0 { true } else { false } })
            driver.advance(to: "09:45:00")
            #expect(driver.state.meeting?.scheduled == "b")
        }
    }

    @Test func aDismissedCountdownStopsAndNothingMoreIsSaid() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "08:59:05")
        driver.forget()
        let id = driver.command(.dismissEvent(id: "a"))
        #expect(driver.outcome(id) == "done")
        guard case .remember? = driver.log.first else {
            Issue.record("what was dismissed is not put down first: \(driver.log)")
            return
        }
        #expect(driver.hint == nil && driver.screen.countdown == nil && driver.screen.message == nil)
        #expect(driver.state(ofEvent: "a") == .dismissed)
        driver.advance(to: "09:40:00")
        #expect(driver.story.isEmpty)
    }

    @Test func dismissingJustAfterTheCountdownStopsTheJoin() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.obeys = false
        driver.advance(to: "08:59:10")
        #expect(driver.state.meeting?.state == .joining)
        let id = driver.command(.dismissEvent(id: "a"))
        #expect(driver.outcome(id) == nil)
        driver.left()
        #expect(driver.outcome(id) == "done")
        driver.obeys = true
        driver.advance(to: "09:40:00")
        #expect(driver.state.meeting == nil)
        #expect(driver.state(ofEvent: "a") == .dismissed)
        #expect(driver.story.isEmpty)
    }

    @Test func neverGoesBackIntoWhatWasLeftOnPurpose() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:05:00")
        driver.forget()
        let id = driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.outcome(id) == "done")
        guard case .remember(let memory)? = driver.log.first else {
            Issue.record("what was left is not put down before anything else: \(driver.log)")
            return
        }
        #expect(memory.planner.entries.map(\.kind) == [.left])
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:40:00")
        #expect(driver.story == ["meeting.left"])

        var restarted = RoomDriver(memory: memory, at: UTCTime(rfc3339: "2026-03-02T09:06:00Z") ?? driver.now.civil)
        restarted.calendar(event("a", "09:00", "09:30"))
        restarted.advance(.seconds(60))
        #expect(restarted.state.meeting == nil)
    }

    @Test func stoppingAJoinByItselfCountsAsLeavingOnPurpose() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.obeys = false
        driver.advance(to: "08:59:10")
        driver.command(.leaveMeeting(transferTo: nil))
        driver.left()
        driver.obeys = true
        driver.advance(to: "09:29:00")
        #expect(driver.state.meeting == nil)
        #expect(driver.state(ofEvent: "a") == .done)
    }

    @Test func goesBackIntoAMeetingThatWasLostAndAfterAShutdown() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "10:00"))
        driver.advance(to: "09:30:00")
        driver.tell(.left(.dropped))
        #expect(driver.state.meeting == nil)
        #expect(driver.screen.message?.title == "The connection to the meeting was lost")
        driver.advance(.seconds(10))
        #expect(driver.state.meeting?.state == .joined)
        driver.handle(.shutdown)
        let memory = driver.log.reduce(into: RoomMemory()) { if case .remember(let memory) = $1 { $0 = memory } }
        #expect(memory.planner.entries.map(\.kind) == [.joined])
    }

    @Test func theHostEndingItIsTheEndOfIt() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "10:00"))
        driver.advance(to: "09:05:00")
        driver.forget()
        driver.tell(.ended(.host))
        driver.tell(.left(.ended))
        driver.advance(to: "09:50:00")
        #expect(driver.story == ["meeting.ended", "meeting.left"])
        #expect(driver.events.contains(.meetingLeft(reason: "ended")))
        #expect(driver.state.meeting == nil)
    }

    @Test func aMeetingElsewhereIsShownAsSuch() {
        var driver = RoomDriver()
        let zoom = MeetingLink.unsupported(service: "Zoom", url: "https://zoom.us/j/1?pwd=SECRET")
        driver.calendar(event("z", "09:00", "12:00", link: zoom), event("b", "10:00", "11:00"))
        #expect(driver.hint == .next("“Weekly z” is on Zoom, which this room cannot join"))
        #expect(driver.state(ofEvent: "z") == .unsupported)
        #expect(driver.state.schedule.next?.id == "z")
        #expect(driver.state.schedule.next?.url == "https://zoom.us/j/1")
        let id = driver.command(.joinEvent(id: "z"))
        #expect(driver.outcome(id) == "unsupported_address")
        #expect(driver.message(id)?.contains("Zoom") == true)
        driver.advance(to: "09:59:15")
        #expect(driver.state.meeting?.scheduled == "b", "the meeting elsewhere must not hide the next one")
    }

    @Test func saysWhyARuleKeepsTheRoomOut() {
        var driver = RoomDriver(.test(policy: JoinPolicy(rule: .button)))
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:05:00")
        #expect(driver.state.meeting == nil)
        #expect(driver.hint == .next("This room joins when somebody asks it to"))
        #expect(driver.outcome(of: .joinEvent(id: "a")) == "done")
    }

    @Test func anAddressThatCannotBeUsedIsSaidAndNotTriedAgain() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30", link: .address("janus+ws://sfu:x/?room=1&pin=MARKER")))
        driver.advance(to: "09:05:00")
        #expect(driver.state(ofEvent: "a") == .missed)
        #expect(driver.state.health.problems.map(\.code) == ["meeting.unjoined"])
        #expect(driver.screen.message?.title == "“Weekly a” cannot be joined" || driver.hint != nil)
        #expect(!driver.log.contains { if case .join = $0 { true } else { false } })
        driver.advance(to: "09:30:00")
        #expect(driver.state.health.status == .ok)
    }

    @Test func aSteppedClockNeitherTrapsNorLeavesACountdownBehind() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "08:59:05")
        driver.setClock(UTCTime(rfc3339: "2026-03-02T05:00:00Z") ?? driver.now.civil)
        #expect(driver.hint == nil && driver.screen.countdown == nil)
        driver.setClock(UTCTime(rfc3339: "2026-03-02T09:10:00Z") ?? driver.now.civil)
        driver.advance(.seconds(11))
        #expect(driver.state.meeting?.state == .joined)
    }

    @Test func aFailedJoinByItselfIsSaidOnceAndSaysWhatToDo() {
        var driver = RoomDriver()
        driver.joinFails = (.unreachable, nil)
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "08:59:10")
        #expect(driver.screen.message == nil, "the line on the home screen says it, and stays")
        guard case .failed(let title, let why, _) = driver.hint else {
            Issue.record("no word of it: \(String(describing: driver.hint))")
            return
        }
        #expect(title.contains("Weekly a") && why == MeetingError.unreachable.message)
    }

    @Test func aStayThatPassesToAnotherEntryIsShownAsThatOnes() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"), event("b", "09:30", "10:00"))
        driver.advance(to: "09:00:00")
        driver.tell(.participantJoined(guest()))
        #expect(driver.state.meeting?.scheduled == "a")
        driver.advance(to: "09:35:00")
        #expect(driver.state(ofEvent: "b") == .joined)
        #expect(driver.state.meeting?.scheduled == "b")
        #expect(driver.state.meeting?.title == "Weekly b")
        #expect(driver.outcome(of: .dismissEvent(id: "b")) == "already_in_meeting")
    }

    @Test func aMeetingOutsideTheCalendarIsLeftWhenEverybodyElseHasBeenGoneLongEnough() {
        var driver = RoomDriver()
        driver.command(.join())
        driver.advance(.seconds(600))
        #expect(driver.state.meeting?.state == .joined, "nobody has been there yet: the room waits")
        driver.tell(.participantJoined(guest()))
        driver.advance(.seconds(600))
        driver.tell(.participantLeft(ParticipantID("7"), .left))
        driver.advance(.seconds(30))
        driver.tell(.participantJoined(guest("8")))
        driver.advance(.seconds(600))
        #expect(driver.state.meeting?.state == .joined)
        driver.tell(.participantLeft(ParticipantID("8"), .left))
        driver.advance(.seconds(59))
        #expect(driver.state.meeting?.state == .joined)
        driver.advance(.seconds(1))
        #expect(driver.state.meeting == nil)
        #expect(driver.state.camera.state == .off)
    }

    @Test func aMeetingJoinedLongBeforeItsTimeIsLeftWhenDesertedAndJoinedAtItsTime() {
        var driver = RoomDriver()
        driver.calendar(event("a", "12:00", "12:30"))
        driver.command(.joinEvent(id: "a"))
        driver.tell(.participantJoined(guest()))
        driver.tell(.participantLeft(ParticipantID("7"), .left))
        driver.advance(.seconds(60))
        #expect(driver.state.meeting == nil)
        #expect(driver.state(ofEvent: "a") == .upcoming)
        driver.advance(to: "12:00:00")
        #expect(driver.state.meeting?.scheduled == "a")
    }

    @Test func aRefreshIsAnsweredByAReadingThatBeganAfterIt() {
        var driver = RoomDriver()
        driver.handle(.calendarReadingBegins)
        let id = driver.command(.refreshSchedule)
        driver.handle(.calendar(.events([], problem: nil)))
        #expect(driver.outcome(id) == nil, "that reading began before the command")
        driver.calendar()
        #expect(driver.outcome(id) == "done")
    }

    @Test func aMeetingOnAServiceThatIsNotConfiguredSaysHowToConfigureIt() {
        var driver = RoomDriver()
        let url = "janus+ws://other.example:8188/?room=5&pin=SECRET"
        driver.calendar(event("a", "09:00", "10:00", link: .unsupported(service: "other.example:8188", url: url)))
        let id = driver.command(.joinEvent(id: "a"))
        for text in [driver.state.schedule.next?.why.text, driver.message(id)] {
            #expect(text?.contains(#"url = "janus+ws://other.example:8188""#) == true, "\(text ?? "")")
            #expect(text?.contains("[[service]]") == true && text?.contains("SECRET") == false)
        }
        #expect(driver.hint == .next("“Weekly a” is on other.example:8188, which this room cannot join"))
    }

    @Test func aListThatEndsBeforeItBeginsIsRefused() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "10:00"))
        let (early, late) = (RoomDriver.start, RoomDriver.start + .seconds(3600))
        let reversed = driver.command(.listSchedule(from: late, to: early))
        #expect(
            driver.message(reversed)?.contains("to: expected an instant after from, \(late); came \(early)") == true)
        let past = driver.command(.listSchedule(from: nil, to: early - .seconds(86_400 * 3)))
        #expect(driver.message(past)?.contains("the start of today") == true, "\(driver.message(past) ?? "")")
        #expect(driver.outcome(of: .listSchedule(from: late, to: nil)) == "done")
        #expect(driver.outcome(of: .listSchedule(from: early, to: late)) == "done")
    }
}
