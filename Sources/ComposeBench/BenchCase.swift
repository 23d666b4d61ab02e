import Compositor

/// One load on the compositor: who is shown, from which pictures, on which display.
struct BenchCase {
    var name: String
    var display: PixelSize
    var source: PixelSize
    var meeting: MeetingScene
    /// Whether every source has a new picture for every frame.
    var isChanging = true

    private static let hd = PixelSize(width: 1280, height: 720)
    private static let fullHD = PixelSize(width: 1920, height: 1080)

    static let all: [BenchCase] = {
        let small = PixelSize(width: 640, height: 360)
        let grid = MeetingScene(
            participants: people(9), mode: .grid, title: "Weekly Engineering Sync", recording: "Recording")
        var speaker = grid
        speaker.mode = .speaker
        speaker.activeSpeaker = .camera("1")
        speaker.selfView = .init(name: "Boardroom")
        return [
            BenchCase(name: "grid", display: fullHD, source: small, meeting: grid),
            BenchCase(name: "grid-still", display: fullHD, source: small, meeting: grid, isChanging: false),
            BenchCase(name: "grid-720p", display: fullHD, source: hd, meeting: grid),
            BenchCase(name: "grid-180p", display: fullHD, source: .init(width: 320, height: 180), meeting: grid),
            BenchCase(name: "grid-4k", display: .init(width: 3840, height: 2160), source: small, meeting: grid),
            BenchCase(name: "speaker-720p", display: fullHD, source: hd, meeting: speaker),
            BenchCase(
                name: "one-1080p", display: fullHD, source: fullHD,
                meeting: MeetingScene(participants: people(1), mode: .grid)),
        ]
    }()

    private static func people(_ count: Int) -> [MeetingScene.Participant] {
        (0..<count).map {
            .init(id: .camera("\($0)"), name: "Participant \($0 + 1)", isMuted: $0 % 2 == 0, isSpeaking: $0 == 1)
        }
    }
}
