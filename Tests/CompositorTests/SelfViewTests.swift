import Media
import Testing

@testable import Compositor

/// The room's own picture, and what is said where there is none.
@Suite struct SelfViewTests {
    private func compose(_ camera: MeetingScene.SelfView.Camera, on screen: Screen, mode: LayoutMode = .selfview) {
        let meeting = MeetingScene(
            participants: mode == .selfview ? [] : [.init(id: .camera("a"), name: "A")], mode: mode,
            selfView: .init(name: "Room", camera: camera))
        Compositor().compose(
            scene: .meeting(meeting), frames: { _ in Pictures.red() }, selfView: Pictures.blue(), into: screen.buffer)
    }

    private func count(_ colour: UInt32, on screen: Screen) -> Int {
        screen.pixels(x: 0, y: 180, width: 640, height: 180).count { distance($0, colour & 0xFF_FFFF) <= 12 }
    }

    @Test(arguments: [LayoutMode.selfview, .grid]) func cameraOffAndCameraFailedLookDifferent(mode: LayoutMode) {
        let screen = Screen(width: 640, height: 360)
        let seen = { (camera: MeetingScene.SelfView.Camera) in
            compose(camera, on: screen, mode: mode)
            return (
                picture: count(Pictures.blueOnDisplay, on: screen) > 1000,
                warning: count(Theme.warning.value, on: screen) > 200
            )
        }
        #expect(seen(.on) == (true, false))
        #expect(seen(.failed("Camera not working")) == (false, true))
        #expect(seen(.off("")) == (false, false))
        let plain = Screen(width: 640, height: 360)
        compose(.off(""), on: plain, mode: mode)
        #expect(screen.shows(sameAs: plain))
        #expect(seen(.off("Camera off")) == (false, false))
        #expect(!screen.shows(sameAs: plain))
    }

    @Test func textsAreInsideTheirTileHoweverLongAndSmall() {
        let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 64, byteCapacity: 1 << 24)
        let long = String(repeating: "does not work ", count: 50)
        for size in [PixelSize(width: 1920, height: 1080), PixelSize(width: 200, height: 120)] {
            for count in 0...7 {
                for mode in LayoutMode.allCases {
                    let meeting = MeetingScene(
                        participants: (0..<count).map { .init(id: .camera("\($0)"), name: "Name") }, mode: mode,
                        selfView: .init(name: long, camera: .failed(long)))
                    let planner = ScenePlanner(display: size, overlays: overlays)
                    let tiles = planner.tiles(of: meeting, Seating())
                    for (tile, plan) in zip(tiles, planner.plans(of: tiles, in: meeting)) {
                        #expect(plan.blank.allSatisfy { tile.rect.contains($0.rect) }, "\(size) \(count) \(mode)")
                    }
                }
            }
        }
    }
}
