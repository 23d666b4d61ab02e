import Base
import Compositor
import ControlAPI
import Room
import Scheduling
import Testing

@testable import RoomDaemon

@Suite struct SceneBuilderTests {
    private static let now = RoomTime(monotonic: Instant(nanoseconds: 0), civil: UTCTime(seconds: 1_795_000_000))

    private func screen(_ body: Screen.Body, message: Screen.Message? = nil, muted: Bool = true) -> Screen {
        var controller = RoomController(
            RoomSettings(name: "Boardroom", timezone: "UTC", version: "1", pid: 1), at: Self.now)
        controller.handleTimeout(at: Self.now)
        var screen = controller.screen(at: Self.now)
        screen.body = body
        screen.message = message
        screen.isMicrophoneMuted = muted
        return screen
    }

    private func scene(_ screen: Screen, visible: Set<PictureID> = [], language: String = "en") -> Scene {
        SceneBuilder(language: language).scene(
            screen, visible: visible, selfViewAspect: nil, roomName: "Boardroom", now: Self.now)
    }

    @Test func countsDownInWholeSecondsInTheRoomsLanguage() throws {
        let hint = Screen.Hint.countdown(title: "Weekly", joinAt: Instant(nanoseconds: 7_200_000_000))
        let home = screen(.home(Screen.Home(roomName: "Boardroom", next: nil, hint: hint, calendar: .read)))
        guard case .home(let english) = scene(home).content,
            case .home(let german) = scene(home, language: "de").content
        else {
            Issue.record("expected the home screen")
            return
        }
        #expect(english.hint?.text == "Joining “Weekly” in 8 s")
        #expect(german.hint?.text == "Beitritt zu „Weekly“ in 8 s")
    }

    @Test func saysHowLongOnlyOnce() throws {
        let next = ScheduledEvent(
            event: CalendarEvent(
                id: "a", title: "Weekly", start: Self.now.civil + .seconds(30), end: Self.now.civil + .seconds(630),
                participation: .accepted, link: .address("janus+ws://sfu.example/?room=1")),
            state: .countdown, why: Why(code: "due", text: ""))
        let hint = Screen.Hint.countdown(title: "Weekly", joinAt: Self.now.monotonic + .seconds(5))
        for (hint, state) in [(nil, "in less than a minute"), (hint, "")] {
            let home = screen(.home(Screen.Home(roomName: "Boardroom", next: next, hint: hint)))
            guard case .home(let shown) = scene(home).content else { throw Mismatch() }
            #expect(shown.next?.state == state)
        }
    }

    private struct Mismatch: Error {}

    @Test func aCalendarThatNobodyHasReadIsNotCalledEmpty() throws {
        var texts: Set<String> = []
        for calendar in [Screen.Calendar.read, .unread, .unconfigured] {
            let home = screen(.home(Screen.Home(roomName: "Boardroom", next: nil, hint: nil, calendar: calendar)))
            guard case .home(let shown) = scene(home).content else { throw Mismatch() }
            texts.insert(shown.idle)
        }
        #expect(
            texts == ["No more meetings today", "The room's meetings are not known yet", "No calendar"])
    }

    @Test func showsThePictureOnlyOfWhoseCameraIsOnAndHasOne() throws {
        var meeting = RoomState.Meeting(id: "1", url: "", title: "Weekly", service: "janus", state: .joined)
        meeting.elapsed = 3725
        meeting.participants = [
            "a": RoomState.Participant(name: "Ann", microphone: .on, camera: .on),
            "b": RoomState.Participant(name: "Bob", microphone: .blocked, camera: .off),
            "c": RoomState.Participant(name: "Cem", microphone: .on, camera: .on),
            "r": RoomState.Participant(name: "Boardroom", isSelf: true),
        ]
        meeting.activeSpeaker = "a"
        let visible: Set<PictureID> = [.camera("a"), .camera("b")]
        guard case .meeting(let shown) = scene(screen(.meeting(meeting)), visible: visible).content else {
            Issue.record("expected the meeting")
            return
        }
        #expect(shown.participants.map(\.name) == ["Ann", "Bob", "Cem"])
        #expect(shown.participants.map(\.hasVideo) == [true, false, false])
        #expect(shown.participants.map(\.isMuted) == [false, true, false])
        #expect(shown.participants.map(\.isSpeaking) == [true, false, false])
        #expect(shown.elapsed == "1:02:05")
        #expect(shown.microphoneOff == "Microphone off")
    }

    @Test func theSelfViewLayoutNamesTheRoomAlsoWhileItsCameraIsOff() throws {
        var wanted = screen(.meeting(RoomState.Meeting(id: "1", url: "", title: "", service: "janus", state: .joined)))
        wanted.layout = .selfview
        wanted.showsSelfView = false
        guard case .meeting(let shown) = scene(wanted).content else {
            Issue.record("expected the meeting")
            return
        }
        #expect(shown.selfView?.name == "Boardroom" && shown.selfView?.camera == .off("Camera off"))
        wanted.isCameraBroken = true
        guard case .meeting(let broken) = scene(wanted).content else { throw Mismatch() }
        #expect(broken.selfView?.camera == .failed("Camera not working"))
    }

    @Test func aProblemIsAWarningOverWhateverIsShown() {
        let home = Screen.Body.home(Screen.Home(roomName: "Boardroom", next: nil, hint: nil))
        let shown = scene(screen(home, message: Screen.Message(title: "Cannot join", detail: "Check the passcode.")))
        #expect(shown.message == Scene.Message(text: "Cannot join", detail: "Check the passcode.", style: .warning))
    }

    /// What stands in the line above is not said in the card too.
    @Test func saysWhyAMeetingCannotBeJoinedOnlyOnce() throws {
        let link = MeetingLink.unsupported(service: "Zoom", url: "https://zoom.us/j/1")
        let next = ScheduledEvent(
            event: CalendarEvent(
                id: "a", title: "Weekly", start: Self.now.civil + .seconds(720), end: Self.now.civil + .seconds(1440),
                link: link), state: .unsupported, why: Why(code: "link.unsupported", text: ""))
        let hints: [(Screen.Hint?, String, String)] = [
            (.next("“Weekly” is on Zoom, which this room cannot join"), "in 12 minutes", "in 12 Minuten"),
            (
                .note("The microphone is disconnected."), "Cannot be joined here: on Zoom",
                "Hier kein Beitritt möglich: auf Zoom"
            ),
        ]
        for (hint, english, german) in hints {
            let home = screen(.home(Screen.Home(roomName: "Boardroom", next: next, hint: hint)))
            guard case .home(let shown) = scene(home).content,
                case .home(let gezeigt) = scene(home, language: "de").content
            else { throw Mismatch() }
            #expect(shown.next?.state == english)
            #expect(gezeigt.next?.state == german)
        }
    }

    @Test func aFailedJoinCountsDownToTheNextAttempt() throws {
        let hint = Screen.Hint.failed(
            title: "“Weekly” cannot be joined", why: "The server cannot be reached.",
            retryAt: Self.now.monotonic + .milliseconds(11_200))
        let home = screen(.home(Screen.Home(roomName: "Boardroom", next: nil, hint: hint)))
        guard case .home(let shown) = scene(home).content else { throw Mismatch() }
        #expect(
            shown.hint
                == .init(
                    "“Weekly” cannot be joined, next attempt in 12 s. The server cannot be reached.", style: .warning))
    }
}
