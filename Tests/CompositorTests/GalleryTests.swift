import Media
import Testing

@testable import Compositor

/// Every kind of picture, as people would see it. For looking at: `swift test --filter GalleryTests --attachments-path
/// FOLDER` keeps them.
@Suite struct GalleryTests {
    private static let names = [
        "Anna Ångström", "会议室 北京", "مرحبا بالعالم", "Jean-Luc Picard", "Зоя Космодемьянская", "שלום לוי",
        "สมชาย ใจดี", "田中 太郎", "Dr. Wolfeschlegelsteinhausenbergerdorff von und zu Hohenstein", "김민준", "Ömer",
        "नमस्ते दुनिया", "Alex 🎉", "Mary", "Robert", "Zoë",
    ]

    @Test(arguments: [
        PixelSize(width: 1280, height: 720), PixelSize(width: 640, height: 360), PixelSize(width: 450, height: 800),
    ])
    func everySceneIsWrittenToTheLastPictureElement(size: PixelSize) throws {
        let people = (0..<16).map { Pictures.person($0, width: 160, height: 90) }
        let slide = Pictures.slide(width: 192, height: 144)
        let room = Pictures.person(99, width: 160, height: 90)
        let screen = Screen(width: size.width, height: size.height, buffers: 2)
        for (name, scene) in Self.scenes {
            let compositor = Compositor()
            // What was there before shows through wherever nothing is written.
            for (index, colour) in [Screen.untouched, ~Screen.untouched].enumerated() {
                screen.wipe(index, with: colour)
                compositor.compose(
                    scene: scene, frames: { $0.kind == .screen ? slide : people[(Int($0.participant) ?? 0) % 16] },
                    selfView: room, into: screen.buffers[index])
            }
            #expect(screen.shows(0, sameAs: screen, 1), "\(name) at \(size)")
            let picture = try compositor.screenshot(width: size.width)
            Attachment.record(Drawn(picture: picture), named: "\(size.width)x\(size.height)-\(name).png")
        }
    }

    /// Small tiles cut long names; all else that a room sees every day is read to its end.
    @Test(arguments: [PixelSize(width: 1920, height: 1080), PixelSize(width: 1280, height: 720)])
    func everydayTextsAreNotCut(size: PixelSize) {
        let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 512, byteCapacity: 1 << 26)
        for (name, scene) in Self.scenes where !Self.crowded.contains(name) {
            var seating = Seating()
            let plan = ScenePlanner(display: size, overlays: overlays).plan(scene, seating: &seating)
            let drawings = plan.regions.flatMap { ($0.blank + $0.shown).flatMap(\.drawings) }
            #expect(!drawings.contains { $0.isCut }, "\(name) at \(size)")
        }
    }

    /// Encodes only when somebody wants to look.
    private struct Drawn: Attachable {
        var picture: Screenshot

        func withUnsafeBytes<R>(
            for attachment: borrowing Attachment<Drawn>, _ body: (UnsafeRawBufferPointer) throws -> R
        ) throws -> R {
            try picture.png().withUnsafeBytes(body)
        }
    }

    private static let crowded: Set = ["grid-9", "grid-16", "grid-60", "speaker-8", "content-5", "title-presenter"]

    private static func people(_ count: Int) -> [MeetingScene.Participant] {
        (0..<count).map { index in
            MeetingScene.Participant(
                id: .camera("\(index)"), name: names[index % names.count], hasVideo: index % 4 != 3,
                isMuted: index % 3 == 0, isSpeaking: index == 1, isHandRaised: index == 2,
                isConnectionLost: index == 4)
        }
    }

    private static func meeting(_ count: Int, _ mode: LayoutMode, share: Bool = false) -> MeetingScene {
        var scene = MeetingScene(
            participants: people(count), mode: mode, activeSpeaker: .camera("1"),
            selfView: .init(name: "Boardroom"), title: "Weekly Engineering Sync", elapsed: "12:34",
            recording: "Recording", microphoneOff: "Microphone off", empty: "Nobody else is here yet")
        if share {
            scene.participants.append(.init(id: .screen("1"), name: "会议室 北京 presents", aspect: 4.0 / 3.0))
        }
        return scene
    }

    private static let scenes: [(String, Scene)] = {
        let home = HomeScreen(
            roomName: "Boardroom", clock: "13:48", date: "Thursday, 4 June",
            next: .init(title: "Weekly Engineering Sync", time: "14:00 – 15:00", state: "In 12 minutes"))
        var countdown = home
        countdown.hint = .init("Joining ‘Weekly Engineering Sync’ in 8 s", style: .countdown)
        var warning = home
        warning.next?.title = "Quarterly planning with everybody who has ever worked on anything like this before"
        warning.hint = .init("“\(warning.next?.title ?? "")” is on Zoom, which this room cannot join", style: .warning)
        var foreign = home
        foreign.hint = .init("“Weekly Engineering Sync” is on Zoom, which this room cannot join", style: .warning)
        var failed = home
        failed.hint = .init(
            """
            “Weekly with the Ångström team” cannot be joined, next attempt in 59 s. The server of the meeting cannot be reached. Check the \
            network and the address of the meeting in the invitation.
            """, style: .warning)
        let idle = HomeScreen(
            roomName: "会议室 三号", clock: "9:05", date: "6月4日 星期四", idle: "No more meetings today",
            hint: .init("Ready to join", style: .notice))
        var noticed = meeting(9, .grid)
        noticed.notice = "Reconnecting …"
        var handedOver = meeting(4, .grid)
        handedOver.notice =
            "Joining “Quarterly planning with everybody who has ever worked on anything like this before” in 12 s"
        var titled = meeting(1, .grid)
        titled.title = "Weekly with the Ångström team, and what is to be done until the end of the year"
        var long = meeting(1, .grid)
        long.title =
            "Quarterly planning with everybody who has ever worked on anything like this before, in Vienna, "
            + "Linz and Graz, and what became of it"
        var presented = meeting(5, .content, share: true)
        presented.title = long.title
        var off = meeting(1, .selfview)
        off.selfView?.camera = .off("Camera off")
        var broken = meeting(3, .speaker)
        broken.selfView?.camera = .failed("Camera not working")
        var small = meeting(1, .grid)
        small.selfView?.camera = .failed("Camera not working")
        let message = Scene.Message(
            text: "The calendar cannot be read",
            detail:
                "Meetings will not start by themselves. Tell the administrator: calendar.example.org does not answer.",
            style: .warning)
        let long1000 = Scene.Message(
            text: String(repeating: "Please leave the room by 15:00, the alarm is tested. ", count: 18))
        return [
            ("home", .home(home)), ("home-countdown", .home(countdown)), ("home-warning", .home(warning)),
            ("home-foreign", .home(foreign)), ("home-message-long", Scene.home(foreign).with(message: long1000)),
            ("home-failed", .home(failed)), ("home-failed-message", Scene.home(failed).with(message: message)),
            ("home-idle", .home(idle)), ("home-message", Scene.home(home).with(message: message)),
            ("grid-0", .meeting(meeting(0, .grid))), ("grid-1", .meeting(meeting(1, .grid))),
            ("grid-2", .meeting(meeting(2, .grid))), ("grid-5", .meeting(meeting(5, .grid))),
            ("grid-9", .meeting(noticed)), ("grid-16", .meeting(meeting(16, .grid))),
            ("grid-60", .meeting(meeting(60, .grid))), ("speaker-8", .meeting(meeting(8, .speaker))),
            ("speaker-3", .meeting(meeting(3, .speaker))), ("content-5", .meeting(meeting(5, .content, share: true))),
            ("selfview-4", .meeting(meeting(4, .selfview))),
            ("title-1", .meeting(titled)), ("title-2", .meeting(long)), ("title-presenter", .meeting(presented)),
            ("hand-over", .meeting(handedOver)), ("camera-off", .meeting(off)), ("camera-failed", .meeting(broken)),
            ("camera-failed-inset", .meeting(small)),
            ("meeting-message", Scene.meeting(meeting(4, .grid)).with(message: message)),
        ]
    }()
}
