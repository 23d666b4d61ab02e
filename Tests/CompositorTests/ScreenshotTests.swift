import Compositor
import Media
import Testing

@Suite struct ScreenshotTests {
    @Test func isAPNGOfTheWantedWidth() throws {
        let screen = Screen(width: 1280, height: 720)
        let compositor = Compositor()
        #expect(throws: CompositorError.nothingComposed) { try compositor.screenshot(width: 640) }
        let meeting = MeetingScene(participants: [.init(id: .camera("a"), name: "A")], mode: .grid)
        compositor.compose(
            scene: .meeting(meeting), frames: { _ in Pictures.red() }, selfView: nil, into: screen.buffer)
        for (wanted, width, height) in [(640, 640, 360), (5000, 1280, 720), (-4, 16, 9), (333, 333, 187)] {
            let screenshot = try compositor.screenshot(width: wanted)
            #expect(screenshot.width == width && screenshot.height == height)
            let png = try screenshot.png()
            // PNG signature, then IHDR with width and height in network order, and IEND at the end (RFC 2083).
            #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]))
            #expect(Array(png[12..<16]) == Array("IHDR".utf8))
            #expect(png[16..<20].reduce(0) { $0 << 8 | Int($1) } == width)
            #expect(png[20..<24].reduce(0) { $0 << 8 | Int($1) } == height)
            #expect(Array(png.suffix(8).prefix(4)) == Array("IEND".utf8))
        }
    }

    @Test func showsWhatIsOnTheDisplayAndLeavesItAlone() throws {
        let screen = Screen(width: 640, height: 360)
        let compositor = Compositor()
        let meeting = MeetingScene(participants: [.init(id: .camera("a"), name: "A")], mode: .grid, title: "T")
        compositor.compose(
            scene: .meeting(meeting), frames: { _ in Pictures.person(3, width: 640, height: 360) }, selfView: nil,
            into: screen.buffer)
        let before = screen.pixels(x: 0, y: 0, width: 640, height: 360)
        let screenshot = try compositor.screenshot(width: 640)
        #expect((0..<360).flatMap { y in (0..<640).map { screenshot.pixel($0, y) } } == before)
        #expect(screen.pixels(x: 0, y: 0, width: 640, height: 360) == before)
    }
}
