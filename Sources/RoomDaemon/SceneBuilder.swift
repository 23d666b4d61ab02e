import Base
import Compositor
import ControlAPI
import Room
import Scheduling

/// Turns what the room's policy wants on the display into a scene with ready-made texts.
struct SceneBuilder {
    var language: String

    private var isGerman: Bool { LocalTime.isGerman(language) }

    private func text(_ english: String, _ german: String) -> String {
        isGerman ? german : english
    }

    /// - Parameters:
    ///   - visible: streams that have a picture to show.
    ///   - selfViewAspect: nil when the camera shows nothing.
    func scene(
        _ screen: Screen, visible: Set<PictureID>, selfViewAspect: Double?, roomName: String, now: RoomTime
    ) -> Scene {
        let message = screen.message.map {
            Scene.Message(text: $0.title, detail: $0.detail, style: $0.detail.isEmpty ? .notice : .warning)
        }
        switch screen.body {
        case .home(let home):
            return Scene(.home(homeScreen(home, screen, now)), message: message)
        case .meeting(let meeting):
            return Scene(
                .meeting(meetingScene(meeting, screen, visible, selfViewAspect, roomName, now)), message: message)
        }
    }

    // MARK: - Between meetings

    private func homeScreen(_ home: Screen.Home, _ screen: Screen, _ now: RoomTime) -> HomeScreen {
        HomeScreen(
            roomName: home.roomName, clock: LocalTime.clock(now.civil),
            date: LocalTime.date(now.civil, language: language),
            next: home.next.map { nextMeeting($0, home, now) }, idle: idleText(home.calendar),
            hint: home.hint.map { hint($0, now) })
    }

    private func idleText(_ calendar: Screen.Calendar) -> String {
        switch calendar {
        case .read: text("No more meetings today", "Heute keine weiteren Besprechungen")
        case .unread:
            text("The room's meetings are not known yet", "Die Besprechungen des Raums sind noch nicht bekannt")
        case .unconfigured: text("No calendar", "Kein Kalender")
        }
    }

    private func nextMeeting(_ next: ScheduledEvent, _ home: Screen.Home, _ now: RoomTime) -> HomeScreen.NextMeeting {
        let event = next.event
        let isToday = LocalTime.isSameDay(event.start, now.civil)
        let hours = "\(LocalTime.clock(event.start)) – \(LocalTime.clock(event.end))"
        // The seconds of the countdown say it better.
        let isCountingDown = if case .countdown? = home.hint { true } else { false }
        let time = isToday ? hours : "\(LocalTime.date(event.start, language: language)), \(hours)"
        return HomeScreen.NextMeeting(
            title: event.title.isEmpty ? text("Meeting", "Besprechung") : event.title, time: time,
            state: isCountingDown ? "" : stateText(next, home, now))
    }

    private func stateText(_ next: ScheduledEvent, _ home: Screen.Home, _ now: RoomTime) -> String {
        // The line above the card says why the meeting is not simply joined, unless something else is more urgent.
        if case .next? = home.hint { return timeText(next, now) }
        if case .unsupported(let service, _) = next.event.link {
            return text("Cannot be joined here: on \(service)", "Hier kein Beitritt möglich: auf \(service)")
        }
        if next.why.code == "link.invalid" {
            return text("Cannot be joined: unusable address", "Kein Beitritt möglich: Adresse nicht verwendbar")
        }
        if next.state == .nolink { return text("Cannot be joined: no address", "Kein Beitritt möglich: keine Adresse") }
        return timeText(next, now)
    }

    private func timeText(_ next: ScheduledEvent, _ now: RoomTime) -> String {
        let minutes = Int((next.event.start - now.civil).inSeconds / 60)
        if next.event.start <= now.civil { return text("now", "jetzt") }
        if minutes < 1 { return text("in less than a minute", "in weniger als einer Minute") }
        if minutes < 60 {
            return minutes == 1
                ? text("in 1 minute", "in 1 Minute") : text("in \(minutes) minutes", "in \(minutes) Minuten")
        }
        return LocalTime.isSameDay(next.event.start, now.civil)
            ? text("at \(LocalTime.clock(next.event.start))", "um \(LocalTime.clock(next.event.start))")
            : LocalTime.date(next.event.start, language: language)
    }

    private func hint(_ hint: Screen.Hint, _ now: RoomTime) -> HomeScreen.Hint {
        switch hint {
        case .countdown(let title, let joinAt):
            let seconds = max(0, Int((joinAt - now.monotonic).inSeconds.rounded(.up)))
            return HomeScreen.Hint(
                text("Joining “\(title)” in \(seconds) s", "Beitritt zu „\(title)“ in \(seconds) s"),
                style: .countdown)
        case .joining(let title):
            return HomeScreen.Hint(
                title.isEmpty
                    ? text("Joining …", "Beitritt …") : text("Joining “\(title)” …", "Beitritt zu „\(title)“ …"),
                style: .countdown)
        case .failed(let title, let why, let retryAt):
            let seconds = max(1, Int((retryAt - now.monotonic).inSeconds.rounded(.up)))
            // What happens next comes first: where there is too little room, the end is cut.
            return HomeScreen.Hint(
                text(
                    "\(title), next attempt in \(seconds) s. \(why)",
                    "\(title), nächster Versuch in \(seconds) s. \(why)"),
                style: .warning)
        case .next(let note), .note(let note): return HomeScreen.Hint(note, style: .warning)
        }
    }

    // MARK: - In a meeting

    private func meetingScene(
        _ meeting: RoomState.Meeting, _ screen: Screen, _ visible: Set<PictureID>, _ selfViewAspect: Double?,
        _ roomName: String, _ now: RoomTime
    ) -> MeetingScene {
        var people: [MeetingScene.Participant] = []
        for (id, participant) in meeting.participants.sorted(by: { $0.key < $1.key }) where !participant.isSelf {
            people.append(
                MeetingScene.Participant(
                    id: .camera(id), name: participant.name,
                    hasVideo: participant.camera == .on && visible.contains(.camera(id)),
                    isMuted: participant.microphone != .on, isSpeaking: meeting.activeSpeaker == id,
                    isHandRaised: participant.hand, isConnectionLost: participant.quality == .lost))
            guard participant.sharing else { continue }
            people.append(
                MeetingScene.Participant(
                    id: .screen(id), name: text("\(participant.name) presents", "\(participant.name) zeigt"),
                    hasVideo: visible.contains(.screen(id))))
        }
        let selfView = MeetingScene.SelfView(
            name: roomName, aspect: selfViewAspect ?? 16.0 / 9.0,
            camera: selfViewAspect != nil
                ? .on
                : screen.isCameraBroken
                    ? .failed(text("Camera not working", "Kamera gestört")) : .off(text("Camera off", "Kamera aus")))
        return MeetingScene(
            participants: people, mode: LayoutMode(rawValue: screen.layout.rawValue) ?? .grid,
            pinned: screen.pinned.map { .camera($0) }, activeSpeaker: meeting.activeSpeaker.map { .camera($0) },
            selfView: screen.showsSelfView || screen.layout == .selfview ? selfView : nil, title: meeting.title,
            elapsed: elapsedText(meeting.elapsed),
            recording: meeting.recording == nil ? nil : text("Recording", "Aufzeichnung"),
            microphoneOff: screen.isMicrophoneMuted ? text("Microphone off", "Mikrofon aus") : nil,
            notice: notice(meeting, screen, now),
            empty: text("Nobody else is here yet", "Noch niemand anders da"))
    }

    private func notice(_ meeting: RoomState.Meeting, _ screen: Screen, _ now: RoomTime) -> String? {
        switch meeting.state {
        case .reconnecting: return text("Reconnecting …", "Verbindung wird wiederhergestellt …")
        case .leaving: return text("Leaving …", "Besprechung wird verlassen …")
        case .joining, .joined: break
        }
        guard let countdown = screen.countdown else { return nil }
        return hint(countdown, now).text
    }

    private func elapsedText(_ seconds: Double) -> String {
        let whole = max(0, Int(seconds))
        func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return hours > 0 ? "\(hours):\(pad(minutes)):\(pad(whole % 60))" : "\(minutes):\(pad(whole % 60))"
    }
}
