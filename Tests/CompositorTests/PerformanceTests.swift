import Base
import Compositor
import FoundationEssentials
import Glibc
import Media
import Testing

/// Measures on request: `COMPOSITOR_BENCH=600 swift test -c release …` composes as many frames and prints what one
/// costs.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["COMPOSITOR_BENCH"] != nil))
struct PerformanceTests {
    static let count = Int(ProcessInfo.processInfo.environment["COMPOSITOR_BENCH"] ?? "") ?? 0

    /// Of this thread: what others do on the machine does not count.
    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Every picture new in every frame, two buffers in turn.
    private func measure(
        _ what: String, _ meeting: MeetingScene, display: PixelSize, source: PixelSize, isChanging: Bool = true
    ) {
        let screen = Screen(width: display.width, height: display.height, buffers: 2)
        let compositor = Compositor()
        let scene = Scene.meeting(meeting)
        // Two frames a source, as a decoder's pool gives them out.
        let frames = (0..<2).map { turn in
            Dictionary(
                uniqueKeysWithValues: meeting.participants.map {
                    ($0.id, Pictures.red(width: source.width, height: source.height, sequence: UInt64(turn)))
                })
        }
        let room = Pictures.blue(width: 1280, height: 720)
        var fastest = Duration.seconds(60)
        var sum = Duration.zero
        for number in 0..<Self.count + 10 {
            let turn = frames[number % 2]
            if isChanging { for frame in turn.values { frame.sequence += 2 } }
            let start = Self.processorTime
            compositor.compose(
                scene: scene, frames: { turn[$0] }, selfView: room, into: screen.buffers[number % 2])
            let took = Self.processorTime - start
            guard number >= 10 else { continue }
            sum += took
            fastest = min(fastest, took)
        }
        let mean = sum.inMilliseconds / Double(Self.count)
        let percent = { (milliseconds: Double) in (milliseconds * 300).rounded() / 100 }
        print(
            "\(what): mean \(mean) ms, fastest \(fastest.inMilliseconds) ms a frame: at 30 fps "
                + "\(percent(mean)) %, fastest \(percent(fastest.inMilliseconds)) % of a core")
    }

    private func people(_ count: Int) -> [MeetingScene.Participant] {
        (0..<count).map {
            .init(id: .camera("\($0)"), name: "Participant \($0)", isMuted: $0 % 2 == 0, isSpeaking: $0 == 1)
        }
    }

    @Test func grids() {
        let full = PixelSize(width: 1920, height: 1080)
        let four = PixelSize(width: 3840, height: 2160)
        let small = PixelSize(width: 640, height: 360)
        let large = PixelSize(width: 1280, height: 720)
        let grid = MeetingScene(
            participants: people(9), mode: .grid, title: "Weekly", elapsed: "12:34", recording: "Recording")
        measure("3×3 of 640×360 to 1080p", grid, display: full, source: small)
        measure("3×3 of 640×360 to 1080p, nothing new", grid, display: full, source: small, isChanging: false)
        measure("3×3 of 1280×720 to 1080p", grid, display: full, source: large)
        measure("3×3 of 640×360 to 4K", grid, display: four, source: small)
        var speaker = grid
        speaker.mode = .speaker
        speaker.selfView = .init(name: "Room")
        measure("speaker and strip, all 1280×720, to 1080p", speaker, display: full, source: large)
        let one = MeetingScene(participants: people(1), mode: .grid)
        measure("one of 1920×1080 to 1080p", one, display: full, source: full)
    }
}
