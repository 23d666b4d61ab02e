import Base
import ControlAPI
import JSON
import Meeting
import Scheduling
import Testing

@testable import Room

@Suite struct MeetingEventTests {
    private func inMeeting(_ report: JoinReport = .test()) -> RoomDriver {
        var driver = RoomDriver()
        driver.obeys = false
        driver.command(.join())
        driver.joined(report)
        driver.tell(.participantJoined(guest()))
        driver.obeys = true
        driver.forget()
        return driver
    }

    private let seven = ParticipantID("7")

    @Test func nothingIsAnnouncedTwice() {
        var driver = inMeeting()
        for event in [
            MeetingEvent.participantJoined(guest()), .participantUpdated(guest()),
            .participantUpdated(guest("8")), .participantLeft(ParticipantID("8"), .left),
            .trackUnpublished(seven, .video, .host), .activeSpeaker(nil), .activeSpeaker(ParticipantID("8")),
            .shareStopped(seven, reason: "host"), .recordingStopped(reason: "host", files: []), .reconnected,
            .joined(first: true), .hostChanged(former: nil, host: nil), .moderated(.audio, blocked: false),
        ] {
            driver.tell(event)
            #expect(driver.story.isEmpty, "\(event)")
        }
        for event in [
            MeetingEvent.trackPublished(seven, .audio), .activeSpeaker(seven), .shareStarted(seven), .recordingStarted,
            .reconnecting, .reconnected, .hostChanged(former: nil, host: seven), .participantLeft(seven, .left),
        ] {
            driver.forget()
            driver.tell(event)
            let once = driver.story
            #expect(!once.isEmpty, "\(event)")
            driver.tell(event)
            #expect(driver.story == once, "\(event)")
        }
    }

    @Test func whoComesBackIsToldAsAReturn() {
        var driver = inMeeting()
        driver.tell(.reconnecting)
        #expect(driver.state.meeting?.state == .reconnecting)
        #expect(driver.state.health.problems.map(\.code) == ["meeting.connection"])
        driver.tell(.joined(first: false))
        driver.tell(.reconnected)
        #expect(driver.state.meeting?.state == .joined)
        #expect(driver.state.health.problems.isEmpty)
        #expect(driver.screen.message == nil)
        #expect(driver.story == ["meeting.reconnecting", "meeting.joined"])
    }

    @Test func nobodysQualityIsGoodWhileTheConnectionIsLost() {
        var driver = inMeeting()
        func qualities(_ list: JSONValue?) -> [String?] {
            (list?.objectValue ?? [:]).values.map { $0["quality"]?.stringValue }
        }
        driver.tell(.reconnecting)
        driver.tell(.participantJoined(guest("8")))
        driver.tell(.participantUpdated(guest { $0.camera = .on }))
        driver.tell(
            .participantUpdated(
                guest("100", name: "Boardroom") {
                    $0.isSelf = true; $0.role = .host
                }))
        driver.reportCamera(.lost)
        let told = driver.events.compactMap { event -> RoomState.Participant? in
            switch event {
            case .participantJoined(_, let participant), .participantUpdated(_, let participant): participant
            default: nil
            }
        }
        #expect(told.map(\.quality) == [.lost, .lost, .lost, .lost], "\(driver.story)")
        let shown = driver.state.meeting?.participants ?? [:]
        #expect(shown.count == 3 && shown.values.allSatisfy { $0.quality == .lost })
        let list = driver.command(.listParticipants)
        #expect(qualities(try? driver.answers[list]?.first?.get()["participants"]) == ["lost", "lost", "lost"])
        driver.tell(.reconnected)
        #expect(driver.state.meeting?.participants.values.allSatisfy { $0.quality == .excellent } == true)
    }

    @Test func aMeetingThatIsLeftWhileItIsLostIsNoProblemAnyMore() {
        var driver = inMeeting()
        driver.tell(.reconnecting)
        driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.state.health.problems.isEmpty)
    }

    @Test func theRoomsOwnEntryShowsItsDevicesAndMayChangeItsID() {
        var driver = inMeeting(.host())
        #expect(driver.state.meeting?.host == "100")
        driver.tell(
            .participantJoined(
                guest("200", name: "Boardroom") {
                    $0.isSelf = true; $0.role = .host; $0.camera = .off
                }))
        #expect(driver.state.meeting?.selfID == "200")
        #expect(driver.state.meeting?.host == "200")
        #expect(driver.state.meeting?.participants.keys.sorted() == ["200", "7"])
        #expect(driver.state.meeting?.participants["200"]?.camera == .on)
        driver.tell(.participantLeft(ParticipantID("100"), .left))
        driver.tell(.participantLeft(ParticipantID("200"), .left))
        #expect(driver.state.meeting?.participants["200"] != nil)
        #expect(!driver.story.contains("participant.left") && !driver.story.contains("participant.joined"))
    }

    @Test func aPinnedParticipantThatLeavesIsLetGo() {
        var driver = inMeeting()
        #expect(driver.outcome(of: .pin(participant: "8")) == "unknown_participant")
        #expect(driver.outcome(of: .pin(participant: "7")) == "done")
        #expect(driver.state.display.pinned == "7" && driver.screen.pinned == "7")
        driver.tell(.activeSpeaker(seven))
        driver.tell(.participantLeft(seven, .dropped))
        #expect(driver.state.display.pinned == nil && driver.screen.pinned == nil)
        #expect(driver.state.meeting?.activeSpeaker == nil)
        #expect(driver.events.contains(.participantLeft(id: "7", name: "Ångström", .dropped)))
        driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.outcome(of: .pin(participant: "7")) == "not_in_meeting")
    }

    @Test func theLayoutIsTheOneThatWasSet() {
        var driver = inMeeting()
        #expect(driver.outcome(of: .setLayout(.speaker, selfview: false)) == "done")
        driver.tell(.shareStarted(seven))
        #expect(driver.state.display.layout == .speaker)
        #expect(driver.screen.layout == .speaker && !driver.screen.showsSelfView)
        driver.command(.leaveMeeting(transferTo: nil))
        driver.command(.join())
        #expect(driver.state.display.layout == .speaker)
        #expect(driver.outcome(of: .setLayout(.grid, selfview: nil)) == "done")
        #expect(!driver.screen.showsSelfView)
    }

    @Test func aSharerThatVanishesTakesTheShareAlong() {
        var driver = inMeeting()
        driver.tell(.shareStarted(seven))
        driver.tell(.participantLeft(seven, .left))
        #expect(driver.state.meeting?.share == nil)
        #expect(driver.story == ["share.started", "share.stopped", "participant.left"])
    }

    @Test func hostsComeAndGo() {
        var driver = inMeeting(.host())
        driver.tell(.hostChanged(former: ParticipantID("100"), host: seven))
        #expect(driver.state.meeting?.host == "7")
        #expect(driver.state.meeting?.role == .participant)
        #expect(driver.state.meeting?.participants["100"]?.role == .participant)
        driver.tell(.participantLeft(seven, .left))
        #expect(driver.state.meeting?.host == nil)
        driver.tell(.hostChanged(former: nil, host: ParticipantID("100")))
        #expect(driver.state.meeting?.role == .host)
    }

    @Test func reportsOfEarlierMeetingsChangeNothing() {
        var driver = inMeeting()
        let old = driver.generation
        driver.command(.leaveMeeting(transferTo: nil))
        driver.command(.join())
        driver.forget()
        let before = driver.state
        for input in [
            RoomInput.left(old), .joined(old, .test()), .joinFailed(old, .timeout, detail: nil),
            .meeting(old, .left(.dropped)), .meeting(old, .participantJoined(guest())),
            .joined(driver.generation, .test()), .joinFailed(driver.generation, .busy, detail: nil),
            .left(driver.generation), .operationDone(CommandID(999), .success([])),
        ] {
            driver.handle(input)
        }
        #expect(driver.state == before)
        #expect(driver.log.isEmpty)
    }

    @Test func beingRemovedIsSaidAndNotComeBackFrom() {
        var driver = RoomDriver(.test(language: "de"))
        driver.calendar(event("a", "09:00", "10:00"))
        driver.advance(to: "09:01:00")
        driver.tell(.left(.removed))
        #expect(driver.screen.message?.title == "Der Raum wurde aus der Besprechung entfernt")
        #expect(driver.events.contains(.meetingLeft(reason: "removed")))
        driver.advance(to: "09:55:00")
        #expect(driver.state.meeting == nil)
    }

    @Test func aLostMeetingIsFreedBeforeTheNextIsJoined() {
        var driver = inMeeting()
        driver.obeys = false
        driver.tell(.left(.dropped))
        #expect(driver.state.meeting?.state == .leaving)
        if case .meeting = driver.screen.body { Issue.record("a meeting that is over is still on the display") }
        driver.forget()
        let id = driver.command(.join())
        #expect(!driver.log.contains { if case .join = $0 { true } else { false } })
        driver.left()
        driver.joined()
        #expect(driver.outcome(id) == "done")
    }

    @Test func anUnusualRequestStillFitsTheSchema() throws {
        var driver = inMeeting()
        driver.tell(.requestReceived(MeetingRequest(id: "r", kind: .microphone, from: seven, to: nil)))
        try StateSchema.root.validate(driver.state.json)
        #expect(driver.state.meeting?.requests["r"]?.to == "100")
        driver.tell(.requestAnswered(id: "r", accepted: false, reason: "timeout"))
        #expect(driver.state.meeting?.requests.isEmpty == true)
    }

    @Test func whatTheNewSessionDoesNotReportIsNoLongerHeldBack() {
        var driver = inMeeting()
        driver.tell(.moderated(.audio, blocked: true))
        driver.tell(.moderated(.video, blocked: true))
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "not_permitted")
        driver.tell(.reconnecting)
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "not_permitted", "nobody has lifted it yet")
        driver.tell(.moderated(.video, blocked: true))
        driver.tell(.reconnected)
        #expect(driver.state.microphone.state == .muted, "it stays closed until somebody here opens it")
        #expect(driver.state.meeting?.participants["100"]?.microphone == .off)
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "done")
        #expect(driver.outcome(of: .setCamera(enabled: true)) == "not_permitted")
    }
}
