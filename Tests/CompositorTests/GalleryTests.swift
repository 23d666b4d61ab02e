import Compositor
import FoundationEssentials
import Media
import Testing

/// Writes every kind of picture into the folder `COMPOSITOR_GALLERY` names, for people to look at. Does nothing
/// otherwise.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["COMPOSITOR_GALLERY"] != nil))
struct GalleryTests {
    private static let names = [
        "Anna Ångström", "会议室 北京", "مرحبا بالعالم", "Jean-Luc Picard", "Зоя Космодемьянская", "שלום לוי",
        "สมชาย ใจดี", "田中 太郎", "Dr. Wolfeschlegelsteinhausenbergerdorff von und zu Hohenstein", "김민준", "Ömer",
        "नमस्ते दुनिया", "Alex 🎉", "Mary", "Robert", "Zoë",
    ]

    @Test(arguments: [
        PixelSize(width: 1920, height: 1080), PixelSize(width: 1280, height: 720), PixelSize(width: 1080, height: 1920),
    ])
    func draws(size: PixelSize) throws {
        let folder = try #require(ProcessInfo.processInfo.environment["COMPOSITOR_GALLERY"])
        let people = (0..<16).map { Pictures.person($0, width: 640, height: 360) }
        let slide = Pictures.slide(width: 1440, height: 1080)
        let room = Pictures.person(99, width: 1280, height: 720)
        for (name, scene) in Self.scenes {
            let screen = Screen(width: size.width, height: size.height)
            let compositor = Compositor()
            compositor.compose(
                scene: scene, frames: { $0.kind == .screen ? slide : people[(Int($0.participant) ?? 0) % 16] },
                selfView: room, into: screen.buffer)
            let png = try compositor.screenshot(width: size.width).png()
            try Data(png).write(to: URL(filePath: "\(folder)/\(size.height)-\(name).png"))
        }
    }

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
        warning.hint = .init("On Zoom, which this room cannot join", style: .warning)
        warning.next?.title = "Quarterly planning with everybody who has ever worked on anything like this before"
        let idle = HomeScreen(
            roomName: "会议室 三号", clock: "9:05", date: "6月4日 星期四", idle: "No more meetings today",
            hint: .init("Ready to join", style: .notice))
        var noticed = meeting(9, .grid)
        noticed.notice = "Reconnecting …"
        let message = Scene.Message(
            text: "The calendar cannot be read",
            detail:
                "Meetings will not start by themselves. Tell the administrator: calendar.example.org does not answer.",
            style: .warning)
        return [
            ("home", .home(home)), ("home-countdown", .home(countdown)), ("home-warning", .home(warning)),
            ("home-idle", .home(idle)), ("home-message", Scene.home(home).with(message: message)),
            ("grid-0", .meeting(meeting(0, .grid))), ("grid-1", .meeting(meeting(1, .grid))),
            ("grid-2", .meeting(meeting(2, .grid))), ("grid-5", .meeting(meeting(5, .grid))),
            ("grid-9", .meeting(noticed)), ("grid-16", .meeting(meeting(16, .grid))),
            ("grid-60", .meeting(meeting(60, .grid))), ("speaker-8", .meeting(meeting(8, .speaker))),
            ("speaker-3", .meeting(meeting(3, .speaker))), ("content-5", .meeting(meeting(5, .content, share: true))),
            ("selfview-4", .meeting(meeting(4, .selfview))),
            ("meeting-message", Scene.meeting(meeting(4, .grid)).with(message: message)),
        ]
    }()
}
