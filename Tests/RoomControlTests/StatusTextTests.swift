import Base
import ControlAPI
import JSON
import Testing

@testable import RoomControl

@Suite struct StatusTextTests {
    /// UTC, on a Thursday that lasts for ever.
    private let style = StatusText(
        time: LocalTime(isOfRoom: true) { time in
            (4, 1, 1, Int(time.milliseconds / 3_600_000 % 24), Int(time.milliseconds / 60_000 % 60), "UTC")
        })

    @Test func whatOthersCallThingsCannotSteerTheTerminal() {
        let evil = "\u{1B}]0;owned\u{07}\u{202E}x"
        let meeting: JSONValue = ["title": .string(evil), "url": .string(evil), "state": "joined", "participants": [:]]
        let untitled: JSONValue = ["url": .string(evil), "state": "joining"]
        let event: JSONValue = ["title": .string(evil), "why": ["text": .string(evil)]]
        for text in [style.meeting(meeting), style.meeting(untitled), style.event(event)] {
            #expect(text.contains("owned"))
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E }, "\(text.debugDescription)")
        }
        let name = style.notification([
            "method": "event", "params": ["name": .string(evil), "data": ["a": .string(evil)]],
        ])
        #expect(!name.joined().unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }

    @Test func theStatusSaysItInWords() {
        var state = RoomState(
            room: .init(name: "Boardroom", timezone: "Europe/Berlin"),
            system: .init(version: "0", started: UTCTime(seconds: 0), pid: 1))
        state.microphone = .init(enabled: false, state: .muted, mutedBy: .host, device: "alsa:usb", channels: 1)
        state.speaker = .init(volume: 40, state: .live, device: "file:out.wav")
        var meeting = RoomState.Meeting(id: "1", url: "u", title: "Weekly", service: "corp", state: .joined)
        meeting.since = UTCTime(seconds: 0)
        meeting.elapsed = 3900
        meeting.role = .host
        meeting.participants = ["1": .init(name: "Boardroom", isSelf: true)]
        state.meeting = meeting
        state.health = .init(
            status: .degraded,
            problems: [
                .init(code: "calendar.unreachable", text: "The calendar is dead.", since: UTCTime(seconds: 3600))
            ])
        #expect(
            style.status(state.json) == """
                Room        Boardroom (Europe/Berlin)
                Meeting     in "Weekly" for 1 h 5 min, 1 participant, the room is host
                Microphone  muted by the host (alsa:usb)
                Camera      off
                Speaker     volume 40 (file:out.wav)
                Display     none or lost
                Calendar    none read
                Health      degraded
                            The calendar is dead. (calendar.unreachable, since Thu 1 Jan 01:00 UTC)
                """)
    }

    @Test func tablesAlignInAnyScript() {
        let table = style.participants([
            "1": RoomState.Participant(name: "会议室", role: .host, isSelf: true, microphone: .on).json,
            "22": RoomState.Participant(name: "Ångström\u{1B}[2J", speaking: true).json,
        ])
        let lines = table.split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(!table.contains("\u{1B}"))
        let columns = lines.map { line in
            Text.width(String(line.prefix(upTo: line.range(of: ["host", "participant", "ROLE"]))))
        }
        #expect(Set(columns).count == 1, "\(table)")
    }

    @Test func eventsShowWhatTheRoomWillDo() {
        let event = RoomState.Event(
            id: "e1", title: "Weekly", start: UTCTime(seconds: 36_000), end: UTCTime(seconds: 39_600), url: nil,
            state: .unsupported, why: .init(code: "unsupported", text: "On Zoom, which this room cannot join."))
        #expect(
            style.events([event.json]) == """
                WHEN                       TITLE   STATE        WHY                                    ID
                Thu 1 Jan 10:00–11:00 UTC  Weekly  unsupported  On Zoom, which this room cannot join.  e1
                """)
        #expect(style.events([]) == "No meetings.")
        #expect(style.events([], isKnown: false).hasPrefix("No meetings are known: the calendar cannot be read."))
    }

    @Test func aFailedJoinTellsWhenItIsTriedAgain() {
        let event = RoomState.Event(
            id: "e1", title: "Weekly", start: UTCTime(seconds: 36_000), end: UTCTime(seconds: 39_600), url: nil,
            state: .upcoming, why: .init(code: "join.unreachable", text: "The server cannot be reached."),
            retry: UTCTime(seconds: 36_025))
        let words = "The server cannot be reached. Next attempt at 10:00:25."
        #expect(style.events([event.json]).contains(words))
        #expect(style.event(event.json).hasSuffix(words))
    }

    @Test func timesOfThisMachineAreCalledSo() {
        let style = StatusText(time: LocalTime(isOfRoom: false, parts: style.time.parts))
        let state = RoomState(
            room: .init(name: "Boardroom", timezone: "Mars/Olympus"),
            system: .init(version: "0", started: UTCTime(seconds: 0), pid: 1)
        ).json
        #expect(style.status(state).contains("Boardroom (Mars/Olympus; times are of this machine's time zone)"))
        #expect(style.events([["start": "1970-01-01T10:00:00Z"]]).contains("WHEN (this machine's time)"))
    }

    @Test func statisticsSayWhatMatters() {
        let text = style.statistics([
            "process": ["cpu": 12.34, "memory": 98_000_000, "uptime": 3900.0],
            "publish": ["state": "connected", "roundTrip": 0.0123, "availableBitrate": 2_000_000, "loss": 0.015],
            "outbound": [
                [
                    "kind": "video", "codec": "VP8", "bitrate": 1_499_600, "loss": 0.0, "jitter": 0.002, "width": 1280,
                    "height": 720, "frameRate": 29.97,
                ]
            ],
            "inbound": [["participant": "7", "kind": "audio", "codec": "opus", "bitrate": 32_000, "loss": 0.1]],
            "stages": ["encode": ["count": 3, "median": 0.004], "flip": ["count": 0]],
        ])
        #expect(
            text == """
                roomd       12.3 % of one core, 98 MB, running for 1 h 5 min
                Sends over  connected, round trip 12.3 ms, loss 1.5 %, may send 2000 kbit/s

                STREAM  KIND   CODEC  RATE         PICTURE             LOSS    JITTER  ROUND TRIP  FREEZES
                sent    video  VP8    1500 kbit/s  1280×720 at 30.0/s  0.0 %   2.0 ms  –           –
                from 7  audio  opus   32 kbit/s    –                   10.0 %  –       –           –

                STEP    MEDIAN  95 %  99 %  LONGEST
                encode  4.0 ms  –     –     –
                """)
    }

    @Test func changesAreOneLineEach() {
        #expect(
            style.changes(["microphone": ["enabled": true, "level": -3.5], "meeting": .null])
                == ["meeting = null", "microphone.enabled = true", "microphone.level = -3.5"])
        #expect(
            style.notification([
                "method": "event",
                "params": ["name": "participant.left", "data": ["participant": "7", "reason": "left"]],
            ]) == [#"* participant.left  participant = "7", reason = "left""#])
    }
}

extension String {
    /// Where the first of some words begins.
    fileprivate func range(of words: [String]) -> Index {
        indices.first { index in words.contains { self[index...].hasPrefix($0) } } ?? endIndex
    }
}
