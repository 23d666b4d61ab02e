import Base
import ControlAPI
import JSON
import Meeting
import Scheduling
import Testing

@testable import Room

@Suite struct JoinCommandTests {
    @Test func isAnsweredOnceJoinedWithTheMeeting() throws {
        var driver = RoomDriver()
        driver.obeys = false
        let id = driver.command(.join(passcode: "MARKER"))
        #expect(driver.outcome(id) == nil)
        driver.tell(.participantJoined(guest()))
        driver.joined()
        driver.handle(.device(.camera(condition: .working, isOpen: true, device: "pattern", format: nil)))
        #expect(driver.outcome(id) == "done")
        let meeting = try #require(driver.result(id)?["meeting"])
        try StateSchema.meeting.validate(meeting)
        #expect(meeting["participants"]?["7"]?["name"] == "Ångström", "who was there before the answer is not lost")
        #expect(meeting["url"] == "janus+ws://sfu.example:8188/?room=1234")
        #expect(driver.story.first == "meeting.joined")
    }

    /// Whoever gets the answer finds the devices in the state as they were asked for.
    @Test func isAnsweredWhenTheDevicesAreAsAskedFor() {
        var driver = RoomDriver()
        driver.devicesObey = false
        let id = driver.command(.join(microphone: true, camera: true))
        #expect(driver.state.meeting?.state == .joined)
        #expect(driver.outcome(id) == nil)
        let also = driver.command(.join(microphone: true, camera: true))
        #expect(driver.outcome(also) == "already_in_meeting")
        let microphone = DeviceReport.microphone(condition: .working, isOpen: true, device: "silence", channels: 1)
        driver.handle(.device(microphone))
        #expect(driver.outcome(id) == nil, "the camera is not open yet")
        driver.handle(.device(.camera(condition: .working, isOpen: true, device: "pattern", format: nil)))
        #expect(driver.outcome(id) == "done")
        #expect(driver.state.microphone.state == .live && driver.state.camera.state == .live)
    }

    @Test func aDeviceThatIsSlowLostOrClosedMeanwhileHoldsNoJoinUp() {
        var slow = RoomDriver()
        slow.devicesObey = false
        let id = slow.command(.join(microphone: true, camera: true))
        slow.advance(.seconds(1))
        #expect(slow.outcome(id) == nil)
        slow.advance(.seconds(1))
        #expect(slow.outcome(id) == "done")

        var lost = RoomDriver()
        lost.devicesObey = false
        lost.reportMicrophone(.lost)
        lost.reportCamera(.lost)
        let atOnce = lost.command(.join(microphone: true, camera: true))
        #expect(lost.outcome(atOnce) == "done")

        var muted = RoomDriver()
        muted.devicesObey = false
        let join = muted.command(.join(microphone: true, camera: false))
        #expect(muted.outcome(join) == nil)
        muted.tell(.moderated(.audio, blocked: true))
        #expect(muted.outcome(join) == "done")

        var repeated = RoomDriver()
        repeated.devicesObey = false
        let first = repeated.command(.join(microphone: true, camera: false))
        repeated.command(.setMicrophone(enabled: true))
        #expect(repeated.outcome(first) == nil, "the same again changes nothing")
        repeated.command(.setMicrophone(enabled: false))
        #expect(repeated.outcome(first) == "done")
    }

    @Test func aJoinThatWaitsForDevicesIsAnsweredWhateverEndsTheStay() {
        let ends: [(RoomInput?, String)] = [
            (nil, "cancelled"), (.shutdown, "cancelled"),
            (.meeting(MeetingGeneration(1), .left(.dropped)), "unreachable"),
            (.meeting(MeetingGeneration(1), .left(.removed)), "removed"),
            (.meeting(MeetingGeneration(1), .ended(.host)), "meeting_ended"),
        ]
        for (end, outcome) in ends {
            var driver = RoomDriver()
            driver.devicesObey = false
            let waiting = driver.command(.join(microphone: true, camera: true))
            #expect(driver.outcome(waiting) == nil)
            if let end { driver.handle(end) } else { driver.command(.leaveMeeting(transferTo: nil)) }
            #expect(driver.outcome(waiting) == outcome)
            driver.advance(.seconds(5))
            #expect(driver.outcome(waiting) == outcome, "answered once")
        }
    }

    @Test func whoAsksForTheEventMeanwhileWaitsToo() {
        var driver = RoomDriver()
        driver.devicesObey = false
        driver.calendar(event("a", "08:00", "09:30"))
        let first = driver.command(.joinEvent(id: "a"))
        let second = driver.command(.joinEvent(id: "a"))
        #expect(driver.outcome(first) == nil && driver.outcome(second) == nil)
        driver.advance(.seconds(2))
        #expect(driver.outcome(first) == "done" && driver.outcome(second) == "done")
    }

    @Test func aJoinThatEndsWhileItIsReportedIsAnswered() {
        var driver = RoomDriver()
        driver.obeys = false
        driver.devicesObey = false
        let id = driver.command(.join(microphone: true, camera: true))
        driver.tell(.left(.removed))
        driver.joined()
        #expect(driver.outcome(id) == "removed")
    }

    @Test func aSecretThatIsNotThisMeetingsIsSaidWhileTheRoomIsInIt() {
        var driver = RoomDriver()
        driver.obeys = false
        driver.command(.join())
        driver.joined(.test { $0.isSecretRefused = true })
        #expect(driver.state.health.problems.map(\.code) == ["meeting.secret"])
        #expect(driver.state.health.problems.first?.text.contains("host_secret_file") == true)
        driver.command(.leaveMeeting(transferTo: nil))
        driver.left()
        #expect(driver.state.health.status == .ok)
    }

    static let failures: [(MeetingError, String)] = [
        (.wrongPasscode, "wrong_passcode"), (.meetingNotFound, "meeting_not_found"), (.meetingFull, "meeting_full"),
        (.unreachable, "unreachable"),
    ]

    @Test func everyFailureHasItsOwnReasonAndItsOwnSentence() {
        for language in ["en", "de", "fr"] {
            var sentences: Set<String> = []
            for (error, reason) in Self.failures {
                var driver = RoomDriver(.test(language: language))
                driver.joinFails = (error, "sfu.example said no")
                let id = driver.command(.join())
                #expect(driver.outcome(id) == reason)
                #expect(driver.message(id)?.contains("sfu.example said no") == true)
                #expect(driver.state.meeting == nil)
                #expect(driver.screen.message?.title.isEmpty == false)
                sentences.insert(driver.screen.message?.detail ?? "")
                driver.advance(.seconds(31))
                #expect(driver.screen.message == nil)
            }
            #expect(sentences.count == Self.failures.count)
            #expect(sentences.contains("The meeting is full. Try again when somebody has left.") == (language != "de"))
        }
    }

    @Test func aMissingPasscodeIsNotCalledAWrongOne() {
        for (passcode, word) in [(nil, "asks for a passcode"), ("1234", "is wrong")] as [(String?, String)] {
            var driver = RoomDriver()
            driver.joinFails = (.wrongPasscode, nil)
            let id = driver.command(.join(passcode: passcode))
            #expect(driver.outcome(id) == "wrong_passcode")
            #expect(driver.message(id)?.contains(word) == true)
            #expect(driver.screen.message?.detail.contains(word) == true)
        }
    }

    @Test func aFailedJoinByItselfIsSaidUntilTheMeetingIsOver() {
        var driver = RoomDriver()
        driver.joinFails = (.wrongPasscode, nil)
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:10:00")
        #expect(driver.state(ofEvent: "a") == .missed)
        #expect(driver.state.schedule.events.first?.why.code == "join.wrong_passcode")
        #expect(
            driver.hint
                == .note(
                    "“Weekly a” cannot be joined. The meeting asks for a passcode, and none was given. Enter the one of the invitation."
                ))
        #expect(driver.state.health.problems.map(\.code) == ["meeting.unjoined"])
        driver.advance(to: "09:30:00")
        #expect(driver.hint == nil)
        #expect(driver.state.health.status == .ok)
    }

    @Test func anUnreachableServerIsTriedAgainUntilItAnswers() {
        var driver = RoomDriver()
        driver.joinFails = (.unreachable, nil)
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:02:00")
        #expect(driver.log.filter { if case .join = $0 { true } else { false } }.count > 3)
        driver.joinFails = nil
        driver.advance(to: "09:03:10")
        #expect(driver.state.meeting?.state == .joined)
        #expect(driver.state.health.status == .ok)
        #expect(driver.screen.message == nil)
    }

    @Test func leavingWhileJoiningCancelsAndAnswersBoth() {
        var driver = RoomDriver()
        driver.obeys = false
        let join = driver.command(.join())
        let leave = driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.outcome(join) == "cancelled")
        #expect(driver.outcome(leave) == nil)
        #expect(driver.state.meeting?.state == .leaving)
        driver.joined()
        #expect(driver.state.meeting?.state == .leaving, "a late join does not count")
        driver.left()
        #expect(driver.outcome(leave) == "done")
        #expect(driver.state.meeting == nil)
        #expect(driver.story.isEmpty, "the room never was in the meeting")
    }

    @Test func aJoinAfterALeaveOnOneConnectionTakesEffectInThatOrder() {
        var driver = RoomDriver()
        driver.command(.join())
        driver.obeys = false
        let leave = driver.command(.leaveMeeting(transferTo: nil))
        let join = driver.command(.join("janus+ws://sfu.example/?room=2"))
        let third = driver.command(.join("janus+ws://sfu.example/?room=3"))
        #expect(driver.outcome(third) == "joining")
        driver.left()
        #expect(driver.outcome(leave) == "done")
        driver.joined()
        #expect(driver.outcome(join) == "done")
    }

    @Test func leavingTwiceIsAnsweredTwiceAndDropsTheNextJoin() {
        var driver = RoomDriver()
        driver.command(.join())
        driver.obeys = false
        let first = driver.command(.leaveMeeting(transferTo: nil))
        let join = driver.command(.join("janus+ws://sfu.example/?room=2"))
        let second = driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.outcome(join) == "cancelled")
        driver.left()
        #expect(driver.outcome(first) == "done" && driver.outcome(second) == "done")
        #expect(driver.state.meeting == nil)
        #expect(driver.outcome(of: .leaveMeeting(transferTo: nil)) == "not_in_meeting")
    }

    @Test func isRefusedInAMeetingAndWhileJoining() {
        var driver = RoomDriver()
        driver.obeys = false
        driver.command(.join())
        #expect(driver.outcome(of: .join()) == "joining")
        let list = driver.command(.listParticipants)
        #expect(driver.outcome(list) == "not_in_meeting")
        #expect(driver.message(list)?.contains("still joining") == true)
        driver.joined()
        #expect(driver.outcome(of: .join()) == "already_in_meeting")
        #expect(
            driver.outcome(of: .startMeeting(title: nil, service: nil, passcode: nil))
                == "already_in_meeting")
    }

    @Test func addressesThatCannotBeJoinedAreRefusedWithoutTheirSecrets() {
        for url in [
            "https://zoom.us/j/1?pwd=MARKER", "janus+ws://user:MARKER@sfu/?room=1", "MARKER",
            "janus+ws://sfu:8188room=1&pin=MARKER", "janus+ws://sfu/?pin=MARKER", "foo://x/#MARKER",
        ] {
            var driver = RoomDriver()
            let id = driver.command(.join(url))
            #expect(driver.outcome(id) == "unsupported_address", "\(url)")
            #expect(driver.message(id)?.contains("MARKER") == false, "\(url): \(driver.message(id) ?? "")")
            #expect(driver.screen.message?.detail == "This room cannot join meetings at that kind of address.")
        }
    }

    @Test func startsAMeetingOnAServiceByName() {
        var driver = RoomDriver()
        #expect(
            driver.outcome(of: .startMeeting(title: nil, service: "nowhere", passcode: nil))
                == "unsupported_by_service")
        driver.obeys = false
        let id = driver.command(.startMeeting(title: "Ad hoc", service: "corp", passcode: "MARKER"))
        driver.joined(.host())
        #expect(driver.outcome(id) == "done")
        #expect(driver.state.meeting?.role == .host)
        #expect(driver.state.meeting?.host == "100")
        #expect(driver.state.meeting?.title == "Ad hoc")
    }

    @Test func aJoinByAddressBelongsToTheEventThatIsOn() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.command(.dismissEvent(id: "a"))
        driver.advance(to: "09:01:00")
        driver.command(.join("janus+ws://SFU.example:8188/?room=1234"))
        #expect(driver.state.meeting?.scheduled == "a")
        #expect(driver.state.meeting?.title == "Weekly a")
    }

    @Test func askingAgainForTheSameEventWaitsForTheSameJoin() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.obeys = false
        let first = driver.command(.joinEvent(id: "a"))
        let second = driver.command(.joinEvent(id: "a"))
        driver.joined()
        let third = driver.command(.joinEvent(id: "a"))
        #expect([first, second, third].map(driver.outcome) == ["done", "done", "done"])
        #expect(driver.outcome(of: .joinEvent(id: "unknown")) == "meeting_not_found")
        #expect(driver.outcome(of: .dismissEvent(id: "unknown")) == "meeting_not_found")
        #expect(driver.outcome(of: .dismissEvent(id: "a")) == "already_in_meeting")
    }

    @Test func nothingIsSentBeforeTheRoomIsIn() {
        var driver = RoomDriver(.test(microphone: true))
        driver.obeys = false
        driver.command(.join())
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "done")
        #expect(driver.state.microphone.state == .muted)
        #expect(!driver.isSending, "the state says muted")
        driver.joined()
        #expect(driver.isSending)
        #expect(driver.state.microphone.state == .live)
        driver.command(.leaveMeeting(transferTo: nil))
        #expect(!driver.isSending)
        driver.left()
        driver.joinFails = (.unreachable, nil)
        driver.obeys = true
        driver.command(.join())
        #expect(!driver.isSending)
    }
}
