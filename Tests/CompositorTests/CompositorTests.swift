import Media
import Testing

@testable import Compositor

@Suite struct CompositorTests {
    private func person(_ name: String, speaking: Bool = false, video: Bool = true, muted: Bool = false)
        -> MeetingScene.Participant
    {
        .init(id: .camera(name), name: name, hasVideo: video, isMuted: muted, isSpeaking: speaking)
    }

    private func tiles(_ meeting: MeetingScene, on screen: Screen) -> [Tile] {
        Layout.tiles(
            for: LayoutRequest(
                display: PixelSize(width: screen.width, height: screen.height),
                participants: meeting.participants.map { .init(id: $0.id, aspect: $0.aspect, hasVideo: $0.hasVideo) },
                mode: meeting.mode, selfView: meeting.selfView != nil))
    }

    /// Whether something of this colour, or nearly, is in a rectangle.
    private func shows(_ colour: UInt32, _ rect: PixelRect, on screen: Screen, tolerance: Int = 8) -> Bool {
        screen.pixels(x: rect.x, y: rect.y, width: rect.width, height: rect.height)
            .contains { distance($0, colour) <= tolerance }
    }

    @Test func everyPictureElementIsWritten() {
        let scenes: [Scene] = [
            .standby, .home(HomeScreen(roomName: "Room", clock: "12:00", date: "Today", idle: "Nothing")),
            .meeting(MeetingScene(participants: [], mode: .grid, selfView: .init(name: "Room"))),
            .meeting(
                MeetingScene(
                    participants: ["a", "b", "c"].map { person($0) }, mode: .speaker, selfView: .init(name: "Room"))),
        ]
        for (width, height) in [(640, 360), (641, 361)] {
            for scene in scenes {
                let screen = Screen(width: width, height: height)
                Compositor().compose(
                    scene: scene.with(message: .init(text: "Text")), frames: { _ in Pictures.red() },
                    selfView: Pictures.blue(), into: screen.buffer)
                let pixels = screen.pixels(x: 0, y: 0, width: width, height: height)
                #expect(!pixels.contains(Screen.untouched & 0xFF_FFFF))
            }
        }
    }

    @Test func tilesShowTheirPictures() {
        let screen = Screen(width: 640, height: 360)
        let meeting = MeetingScene(participants: [person("a"), person("b")], mode: .grid)
        Compositor().compose(
            scene: .meeting(meeting),
            frames: { $0 == .camera("a") ? Pictures.red() : Pictures.blue(width: 320, height: 240) }, selfView: nil,
            into: screen.buffer)
        let places = tiles(meeting, on: screen).map(\.rect)
        for (rect, colour) in zip(places, [Pictures.redOnDisplay, Pictures.blueOnDisplay]) {
            #expect(distance(screen.pixel(rect.x + rect.width / 2, rect.y + rect.height / 2), colour) < 6)
            #expect(distance(screen.pixel(rect.x + rect.width - 3, rect.y + rect.height / 2), colour) < 6)
        }
        // The background between them.
        #expect(screen.pixel(places[0].maxX + 1, places[0].y + 40) == Theme.background.value & 0xFF_FFFF)
        #expect(screen.pixel(5, 5) == Theme.background.value & 0xFF_FFFF)
    }

    @Test func labelMutedMarkAndSpeakersFrameAreWhereTheyBelong() {
        let screen = Screen(width: 1280, height: 720)
        let meeting = MeetingScene(
            participants: [person("Speaker", speaking: true), person("Muted", muted: true)], mode: .grid)
        Compositor().compose(
            scene: .meeting(meeting), frames: { _ in Pictures.blue() }, selfView: nil, into: screen.buffer)
        let places = tiles(meeting, on: screen).map(\.rect)
        let accent = Theme.accent.value & 0xFF_FFFF
        let (speaker, muted) = (places[0], places[1])
        // Half a percent of 720 lines, to even: four.
        for offset in 0..<4 {
            #expect(screen.pixel(speaker.x + offset, speaker.y + speaker.height / 2) == accent)
            #expect(screen.pixel(speaker.x + speaker.width / 2, speaker.maxY - 1 - offset) == accent)
            #expect(screen.pixel(muted.x + offset, muted.y + muted.height / 2) != accent)
        }
        #expect(screen.pixel(speaker.x + 4, speaker.y + speaker.height / 2) != accent)
        func corner(_ rect: PixelRect) -> PixelRect {
            PixelRect(x: rect.x + 8, y: rect.maxY - 60, width: 140, height: 52)
        }
        let white = Theme.text.value & 0xFF_FFFF
        let red = Theme.alarm.value & 0xFF_FFFF
        #expect(shows(white, corner(speaker), on: screen) && shows(white, corner(muted), on: screen))
        #expect(!shows(red, corner(speaker), on: screen, tolerance: 30))
        #expect(shows(red, corner(muted), on: screen, tolerance: 30))
        // Rounded corners fade into the background.
        #expect(screen.pixel(muted.x, muted.y) == Theme.background.value & 0xFF_FFFF)
    }

    @Test func whoHasNoPictureIsShownByInitials() {
        let screen = Screen(width: 640, height: 360)
        let meeting = MeetingScene(participants: [person("a", video: false), person("b")], mode: .grid)
        Compositor().compose(
            scene: .meeting(meeting), frames: { $0 == .camera("a") ? Pictures.red() : nil }, selfView: nil,
            into: screen.buffer)
        for (tile, id) in zip(tiles(meeting, on: screen), ["a", "b"]) {
            let disc = Theme.avatar(for: id).value & 0xFF_FFFF
            #expect(shows(disc, tile.rect, on: screen))
            #expect(!shows(Pictures.redOnDisplay, tile.rect, on: screen))
        }
    }

    @Test func leavingClosesTheGap() {
        let screen = Screen(width: 640, height: 360)
        let compositor = Compositor()
        var meeting = MeetingScene(participants: ["a", "b", "c"].map { person($0) }, mode: .grid)
        func compose() {
            compositor.compose(
                scene: .meeting(meeting), frames: { $0 == .camera("c") ? Pictures.blue() : Pictures.red() },
                selfView: nil, into: screen.buffer)
        }
        compose()
        meeting.participants.removeFirst()
        compose()
        // "c" has moved into the first seat, and where three were there is background.
        let places = tiles(MeetingScene(participants: [person("c"), person("b")], mode: .grid), on: screen).map(\.rect)
        let colours = places.map { screen.pixel($0.x + $0.width / 2, $0.y + $0.height / 2) }
        #expect(distance(colours[0], Pictures.blueOnDisplay) < 6 && distance(colours[1], Pictures.redOnDisplay) < 6)
        #expect(screen.pixel(320, 350) == Theme.background.value & 0xFF_FFFF)
        let fresh = Screen(width: 640, height: 360)
        compositor.compose(
            scene: .meeting(meeting), frames: { $0 == .camera("c") ? Pictures.blue() : Pictures.red() }, selfView: nil,
            into: fresh.buffer)
        #expect(screen.shows(sameAs: fresh))
    }

    @Test func namesInEveryScriptHaveInkOfTheirOwn() {
        let meeting = { (name: String) in
            MeetingScene(participants: [.init(id: .camera("x"), name: name), person("other")], mode: .grid)
        }
        var seen: [[UInt32]] = []
        for name in ["会议室", "مرحبا", "Ångström", "Зоя", "שלום", "สมชาย", "नमस्ते"] {
            let screen = Screen(width: 640, height: 360)
            Compositor().compose(
                scene: .meeting(meeting(name)), frames: { _ in Pictures.blue() }, selfView: nil, into: screen.buffer)
            let rect = tiles(meeting(name), on: screen)[0].rect
            let label = PixelRect(x: rect.x + 4, y: rect.maxY - 30, width: 120, height: 28)
            #expect(shows(Theme.text.value & 0xFF_FFFF, label, on: screen, tolerance: 60), "\(name)")
            seen.append(screen.pixels(x: label.x, y: label.y, width: label.width, height: label.height))
        }
        #expect(Set(seen).count == seen.count)
    }

    @Test func hostileTextIsDrawnInsideItsTile() {
        let texts = [
            String(repeating: "W", count: 10_000), String(repeating: "\u{202E}\u{0}\u{0301}", count: 3000),
            "a\nb\nc", "<b>&amp;</b> %s %n", String(repeating: "a\u{0489}\u{0321}", count: 200), "\u{FFFD}\u{FFFF}",
        ]
        for text in texts {
            let screen = Screen(width: 640, height: 360)
            var meeting = MeetingScene(
                participants: [.init(id: .camera(text), name: text), person("other")], mode: .grid, title: text,
                elapsed: text, recording: text, microphoneOff: text, notice: text)
            meeting.selfView = .init(name: text)
            let scene = Scene.meeting(meeting).with(message: .init(text: text, detail: text))
            let compositor = Compositor()
            compositor.compose(
                scene: scene, frames: { _ in Pictures.blue() }, selfView: Pictures.red(), into: screen.buffer)
            compositor.compose(
                scene: .home(
                    HomeScreen(
                        roomName: text, clock: text, date: text, next: .init(title: text, time: text, state: text),
                        hint: .init(text, style: .warning))), frames: { _ in nil }, selfView: nil, into: screen.buffer)
            #expect(compositor.statistics.overlayBytes < 8 << 20)
        }
    }

    @Test func recordingIsSeenInEveryModeAndOverAMessage() {
        for mode in LayoutMode.allCases {
            for count in [0, 1, 5] {
                let screen = Screen(width: 640, height: 360)
                let meeting = MeetingScene(
                    participants: (0..<count).map { person("\($0)") }, mode: mode, recording: "Recording")
                let long = String(repeating: "very long text ", count: 60)
                Compositor().compose(
                    scene: Scene.meeting(meeting).with(message: .init(text: long, detail: long)),
                    frames: { _ in Pictures.blue() }, selfView: Pictures.blue(), into: screen.buffer)
                let corner = PixelRect(x: 400, y: 0, width: 240, height: 50)
                #expect(shows(Theme.alarm.value & 0xFF_FFFF, corner, on: screen), "\(mode) \(count)")
            }
        }
    }

    @Test func selfViewIsMirrored() {
        let picture = Pictures.red(width: 640, height: 360)
        for row in 0..<360 { (picture.y + row * picture.strideY).initialize(repeating: 16, count: 320) }
        for isMirrored in [false, true] {
            let screen = Screen(width: 640, height: 360)
            let meeting = MeetingScene(
                participants: [], mode: .selfview, selfView: .init(name: "", isMirrored: isMirrored))
            Compositor().compose(
                scene: .meeting(meeting), frames: { _ in nil }, selfView: picture, into: screen.buffer)
            let (left, right) = (screen.pixel(100, 100) >> 16 & 0xFF, screen.pixel(540, 100) >> 16 & 0xFF)
            #expect(isMirrored ? left > right : right > left)
        }
    }

    @Test func standbyIsBlackButStillTellsWhatIsWrong() {
        let screen = Screen(width: 640, height: 360)
        let compositor = Compositor()
        compositor.compose(scene: .standby, frames: { _ in nil }, selfView: nil, into: screen.buffer)
        #expect(Set(screen.pixels(x: 0, y: 0, width: 640, height: 360)) == [0])
        compositor.compose(
            scene: Scene.standby.with(message: .init(text: "No camera", detail: "Plug it in", style: .warning)),
            frames: { _ in nil }, selfView: nil, into: screen.buffer)
        #expect(shows(Theme.text.value & 0xFF_FFFF, PixelRect(x: 100, y: 100, width: 440, height: 160), on: screen))
        #expect(screen.pixel(2, 2) == 0)
    }
}
